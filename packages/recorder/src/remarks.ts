/**
 * What a comment of a recording says: the word before the first colon, and the text behind it. Comments are for people; those
 * with these words are read by `replay` too.
 */
export const Remark = {
  /** A socket was opened, with its port id and receive buffer. */
  OPENED: 'opened',
  /** A socket was closed. */
  CLOSED: 'closed',
  /** Messages were lost, since the receive buffer was full (`ENOBUFS`). */
  OVERRUN: 'overrun',
  /** A datagram was cut short, since it was longer than there was room for. */
  TRUNCATED: 'truncated',
  /** A datagram of no bytes came: the kernel has an entry that does not fit into a datagram. */
  EMPTY: 'empty',
  /** All that was queued for the socket at some time before has been received. */
  FENCE: 'fence',
  /** The system did not take the datagram that was sent. */
  REFUSED: 'refused',
  /** The socket is broken. */
  FAILED: 'failed',
  /** The messages are from another network namespace, whose id follows. */
  NAMESPACE: 'nsid',
  /** Said by the program. */
  NOTE: 'note',
} as const

/** What a remark begins with. */
export type RemarkWord = (typeof Remark)[keyof typeof Remark]

const words: ReadonlySet<string> = new Set(Object.values(Remark))

/** Reads the first comment that is a remark. */
export function readRemark(comments: readonly string[]): { word: RemarkWord; text: string } | undefined {
  for (const comment of comments) {
    const colon = comment.indexOf(':')
    const word = colon === -1 ? comment : comment.slice(0, colon)
    if (words.has(word)) return { word: word as RemarkWord, text: colon === -1 ? '' : comment.slice(colon + 1).trim() }
  }
  return undefined
}
