import type { Connection } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import type { Cause, Conflict, DriftCounters, FailedEntry } from '@rtnl/reconcile'
import type { Samples } from './samples.ts'

/** What metrics read of a `Controller`. */
export interface MeasuredController {
  readonly table: { readonly definition: { readonly name: string }; readonly notifier: Notifier }
  readonly closed: Promise<Error | undefined>
  readonly size: number
  readonly requests: number
  readonly drift: DriftCounters
  readonly failed: readonly FailedEntry<unknown>[]
  readonly waiting: readonly Cause<unknown>[]
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
