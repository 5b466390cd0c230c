import { virtualTime } from '../virtual/time.ts'
import type { ScheduledKernel } from './kernel.ts'
import type { Random } from './random.ts'
import type { ScheduledSocket } from './socket.ts'

/** Something that can happen next, how likely it is, and whether code of the library runs in it. */
export interface Action {
  readonly name: string
  readonly weight: number
  readonly callsLibrary: boolean
  run(): void
}

/** What the kernel and the programs do of their own accord. */
export interface Operations {
  kernel(): void
  program(): void
}

/** Milliseconds: timers may come before other things that could happen, if they are due so soon. */
const soon = 60

/** What can happen in a schedule. In each schedule other things are slow. */
export class Actions {
  readonly #kernel: ScheduledKernel
  readonly #order: Random
  readonly #operations: Operations
  readonly #weights = new Map<string, number>()

  constructor(kernel: ScheduledKernel, order: Random, operations: Operations) {
    this.#kernel = kernel
    this.#order = order
    this.#operations = operations
  }

  /** @param operates whether the kernel and the programs do something of their own accord */
  list(operates: boolean): Action[] {
    const kernel = this.#kernel
    const actions: Action[] = []
    const add = (name: string, weight: number, callsLibrary: boolean, run: () => void): void =>
      void actions.push({ name, weight, callsLibrary, run })
    for (const socket of kernel.sockets) this.#addOf(socket, actions)
    if (kernel.isLocked) add('the kernel goes on', this.#weight('kernel'), false, () => kernel.goOn())
    if (virtualTime.immediates > 0) {
      add('immediate', this.#weight('immediate'), true, () => virtualTime.runImmediate())
    }
    const due = virtualTime.nextDue
    const wait = due - virtualTime.now
    if (wait <= soon) add('timer', wait <= 0 ? 5 : 0.3, true, () => virtualTime.runTimer(due))
    if (!operates) return actions
    if (!kernel.isLocked) {
      add('the kernel changes', this.#weight('changes'), false, () => this.#operations.kernel())
    }
    add('the program acts', this.#weight('program') / 3, true, () => this.#operations.program())
    return actions
  }

  #addOf(socket: ScheduledSocket, actions: Action[]): void {
    const { purpose, portId } = socket
    const add = (verb: string, callsLibrary: boolean, run: () => void): void => {
      const weight = this.#weight(`${purpose} ${verb}`)
      actions.push({ name: `${purpose} socket ${portId} ${verb}`, weight, callsLibrary, run })
    }
    if (socket.canRead) add('reads', false, () => socket.read())
    if (socket.canExecute(this.#kernel.isLocked)) add('executes', false, () => socket.execute())
    if (socket.canDeliver) {
      add('delivers', true, () => socket.deliver(1 + this.#order.below(Math.min(socket.inboxLength, 6))))
    }
  }

  #weight(name: string): number {
    let weight = this.#weights.get(name)
    if (weight === undefined) {
      weight = this.#order.pick([0.1, 1, 1, 3])
      this.#weights.set(name, weight)
    }
    return weight
  }
}
