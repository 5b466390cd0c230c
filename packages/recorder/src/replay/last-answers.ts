import { ControlMessage } from '@rtnl/netlink-core'
import type { RecordedEvent } from '../recording.ts'
import { readdressed, readRequests, readWhole } from './requests.ts'

/** `RTM_NEWNEIGH`: neighbours and forwarding entries, which change by themselves all the time, and nothing else with them. */
const neighborGroup = 28

/** Knows which recorded dumps still show what there is: nothing was announced since that may have changed it. */
export class LastAnswers {
  /** The place of the last notification, by the first type of its object. */
  readonly #announced = new Map<number, number>()

  /** Takes notifications. */
  announced(messages: Uint8Array, place: number): void {
    readWhole(messages, ({ type }) => void this.#announced.set(groupOf(type), place))
  }

  /** Takes a loss of notifications. */
  lost(place: number): void {
    this.#announced.set(0, place)
  }

  /** Whether a dump holds that was asked for at a place, with requests of a type. */
  holds(type: number, place: number): boolean {
    for (const [group, last] of this.#announced) {
      if (last > place && (group !== neighborGroup || group === groupOf(type))) return false
    }
    return true
  }
}

/** In rtnetlink the types of one object are NEW, DEL, GET, SET, four in a row. */
function groupOf(type: number): number {
  return type & ~3
}

/** Whom a recorded answer is handed to. */
interface Asker {
  readonly seq: number
  readonly portId: number
}

/** The messages that answered the dump that was asked for at a place of a recording, as answers to another request. */
export function* answerAt(
  events: Iterable<RecordedEvent>,
  place: number,
  key: string,
  { seq, portId }: Asker,
): Generator<Uint8Array, void, undefined> {
  let asked: { readonly event: RecordedEvent; readonly seq: number } | undefined
  let at = 0
  for (const event of events) {
    if (at++ === place) {
      const request = readRequests(event.messages).find((other) => other.key === key)
      if (request === undefined) return
      asked = { event, seq: request.seq }
    }
    if (asked === undefined || event.socket !== asked.event.socket || event.kind !== 'received') continue
    const answers: Uint8Array[] = []
    let isOver = false
    readWhole(event.messages, (cursor) => {
      if (cursor.seq !== asked?.seq) return
      isOver ||= cursor.type === ControlMessage.DONE || cursor.type === ControlMessage.ERROR
      answers.push(readdressed(cursor, seq, portId))
    })
    yield* answers
    if (isOver) return
  }
}
