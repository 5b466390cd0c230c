import type { Notifier } from '@rtnl/notifier'
import type { Choices } from './choices.ts'
import type { ScheduledKernel } from './kernel.ts'
import type { KernelOperations } from './kernel-operations.ts'
import type { Promises } from './promises.ts'
import type { ReaderHost } from './reader.ts'
import type { Signals } from './signals.ts'

/** What the programs of a schedule need of it. */
export interface ProgramHost extends ReaderHost {
  readonly choices: Choices
  readonly kernel: ScheduledKernel
  readonly signals: Signals
  readonly promises: Promises
  readonly operations: KernelOperations
  /** The notifier that programs share, if it is open. */
  readonly notifier: Notifier | undefined
  /** Sockets were made to break. */
  readonly isBroken: boolean
  /** Does something now, or in the midst of the next turn of the library. */
  atSomePoint(act: () => void): void
  /** Lets things happen until a condition holds. */
  until(condition: () => boolean, what: string): Promise<void>
}
