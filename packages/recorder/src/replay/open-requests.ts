import type { SocketName } from '../socket-name.ts'
import type { ReplaySocket } from './replay-socket.ts'
import type { RequestHead } from './requests.ts'

/** A request of the program, and the socket that it came by. */
export interface OpenRequest {
  readonly socket: ReplaySocket
  readonly request: RequestHead
}

/** Requests of the program that have no complete answer: those that wait for the recording, and those that it answers now. */
export class OpenRequests {
  /** Those that wait, oldest first. */
  #waiting: OpenRequest[] = []
  /** Those that a recorded socket answers, by the number of the recorded request. */
  readonly #answering = new Map<SocketName, Map<number, OpenRequest>>()

  /** Whether something waits for the recording, or is answered by it, and its socket is open. */
  get isAny(): boolean {
    return this.#waiting.length > 0 || this.answering.length > 0
  }

  /** Those that the recording answers now. */
  get answering(): OpenRequest[] {
    return [...this.#answering.values()]
      .flatMap((answering) => [...answering.values()])
      .filter(({ socket }) => !socket.closed)
  }

  add(request: OpenRequest): void {
    this.#waiting.push(request)
  }

  /** Has a recorded request answer the one of the program that is the same. @returns whether there is one */
  match(recorded: SocketName, { key, seq }: RequestHead): boolean {
    const found = this.#waiting.findIndex(({ request, socket }) => request.key === key && !socket.closed)
    if (found === -1) return false
    const [open] = this.#waiting.splice(found, 1)
    const answering = this.#answering.get(recorded) ?? new Map<number, OpenRequest>()
    this.#answering.set(recorded, answering.set(seq, open!))
    return true
  }

  /** The request that a recorded one answers, by the number of the recorded one. */
  answeredBy(recorded: SocketName, seq: number): OpenRequest | undefined {
    return this.#answering.get(recorded)?.get(seq)
  }

  /** Its answer is complete. */
  answered(recorded: SocketName, seq: number): void {
    this.#answering.get(recorded)?.delete(seq)
  }

  /** The sockets whose requests a recorded socket answers. */
  socketsOf(recorded: SocketName): ReplaySocket[] {
    return [...new Set([...(this.#answering.get(recorded)?.values() ?? [])].map(({ socket }) => socket))]
  }

  /** The recorded socket answers no more: its requests wait again. */
  giveUp(recorded: SocketName): void {
    this.#waiting.push(...(this.#answering.get(recorded)?.values() ?? []))
    this.#answering.delete(recorded)
  }

  /** Takes away those that wait and that fit; those of sockets that are closed go, too. */
  take(fits: (request: RequestHead) => boolean): OpenRequest[] {
    const taken = this.#waiting.filter(({ request }) => fits(request))
    this.#waiting = this.#waiting.filter(({ request, socket }) => !fits(request) && !socket.closed)
    return taken
  }

  /** Takes away all that the recording has begun to answer. */
  takeAnswering(): OpenRequest[] {
    const taken = this.answering
    this.#answering.clear()
    return taken
  }
}
