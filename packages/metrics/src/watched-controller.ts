import type { Connection } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import type { Cause, Conflict, DriftCounters, FailedEntry } from '@rtnl/reconcile'
import type { Samples } from './samples.ts'

/** What metrics read of a `Controller`. */
export interface MeasuredController {
  /** The table that the controller writes. */
  readonly table: {
    /** What is known of every table. */
    readonly definition: {
      /** Its name, as in `rtnl show NAME`. */
      readonly name: string
    }
    /** What receives the notifications. */
    readonly notifier: Notifier
  }
  /** Resolves when it is closed, with the error if one ended it. */
  readonly closed: Promise<Error | undefined>
  /** Desired entries. */
  readonly size: number
  /** Requests that the kernel answered. */
  readonly requests: number
  /** What others changed, and what of it was put right. */
  readonly drift: DriftCounters
  /** Entries that the kernel refused or does not show as desired. */
  readonly failed: readonly FailedEntry<unknown>[]
  /** What entries wait for, each cause once. */
  readonly waiting: readonly Cause<unknown>[]
  /** Desired entries that wait for one of somebody else to go. */
  readonly conflicts: readonly Conflict<unknown>[]
}

/** A controller with its labels. */
export class WatchedController {
  readonly controller: MeasuredController
  readonly labels: { readonly controller: string; readonly netns: string }
  /** The error that ended the controller. */
  error: Error | undefined

  /** @param closed called when the program closes the controller */
  constructor(controller: MeasuredController, labels: WatchedController['labels'], closed: () => void) {
    this.controller = controller
    this.labels = labels
    controller.closed.then((error) => {
      this.error = error
      if (error === undefined) closed()
    })
  }

  get connection(): Connection {
    return this.notifier.connection
  }

  get notifier(): Notifier {
    return this.controller.table.notifier
  }

  report(samples: Samples): void {
    const { controller, labels } = this
    samples.add('desired', labels, controller.size)
    samples.add('failed', labels, controller.failed.length)
    samples.add('conflicts', labels, controller.conflicts.length)
    samples.add('controllerRequests', labels, controller.requests)
    samples.add('driftFound', labels, controller.drift.found)
    samples.add('driftHealed', labels, controller.drift.healed)
  }
}
