import type { Scene } from './scene.ts'

/** What kernels differ in. */
export interface Feature {
  /** The part of the id behind `feature.`. */
  readonly name: string
  /** What the kernel has, as the beginning of a sentence. */
  readonly title: string
  /** What does not work without it. */
  readonly lack: string
  /** Which kernels have it, as far as distributions did not take it into older ones. */
  readonly since: string
  /** rtnl does not work without it. */
  readonly needed?: true
  /**
   * Tries it.
   * @returns whether it came of it: a kernel that does not know an attribute may ignore it and say yes
   * @throws {NetlinkError} the kernel refused
   */
  attempt(scene: Scene): Promise<boolean>
}
