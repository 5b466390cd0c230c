import type { World } from '../world.ts'

/**
 * One change of the scene as a line: a command of `ip`, `ip -6` or `bridge` in the namespace of the scene; `sysctl NAME VALUE`
 * in it; `write KIND COUNT SEED` for changes by requests of rtnl; or `root` and a command of `ip` outside. `@` stands for the name of the namespace.
 */
export type Operation = string

/** Draws operations of one kind, most of which the kernel accepts. */
export interface Domain {
  readonly name: string
  /** How often it is drawn in comparison to others, where all are. */
  readonly weight: number
  /** What of a kernel it needs. Default: every kernel has it. */
  readonly needs?: (world: World) => boolean
  /** One operation, or several that belong together. */
  draw(world: World): Operation | readonly Operation[]
}
