import type { Message } from '@rtnl/netlink-core'
import { MessageFlag } from '@rtnl/netlink-core'
import { type FakeKernel, type FakeRequest, messageBytes } from '@rtnl/netlink-core/testing'

/** Whom a notification names as its cause. */
export type Origin = { readonly portId: number; readonly seq: number }

/** Changes that no request asked for. */
export const byItself: Origin = { portId: 0, seq: 0 }

/** Sends notifications, to the groups and, where it asked for that (`NLM_F_ECHO`), to the program that made the request. */
export class Output {
  readonly #kernel: FakeKernel
  readonly #listening: ((datagram: Uint8Array) => void)[] = []

  constructor(kernel: FakeKernel) {
    this.#kernel = kernel
  }

  notify<Entry>(
    group: number,
    message: Message<Entry>,
    { type, flags = 0, origin = byItself }: { type: number; flags?: number; origin?: Origin },
    entry: Partial<Entry>,
  ): void {
    const datagram = messageBytes(message, { type, flags, seq: origin.seq, pid: origin.portId }, entry)
    this.#kernel.notify(group, datagram)
    if (origin !== byItself) for (const listen of this.#listening) listen(datagram)
  }

  /** What `work` notifies on behalf of a request that asks for an echo. */
  echoes(request: FakeRequest, work: () => void): Uint8Array[] {
    const echoes: Uint8Array[] = []
    if ((request.flags & MessageFlag.ECHO) !== 0) this.#listening.push((datagram) => echoes.push(datagram))
    try {
      work()
    } finally {
      this.#listening.length = 0
    }
    return echoes
  }
}
