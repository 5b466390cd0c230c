/** Room for what one `NativeSocket.read` gives. */
export interface ReadBuffer {
  readonly bytes: Uint8Array
  /** The same bytes: as 32-bit words. */
  readonly words: Int32Array
}

/** Sockets of a thread are read one after the other; more than one needs a buffer only while parts wait for a turn. */
const mostIdle = 4
const idle: ReadBuffer[] = []

/** Returns a buffer for one user, who returns it with `giveReadBuffer` once its content was delivered. */
export function takeReadBuffer(length: number): ReadBuffer {
  const known = idle.pop()
  if (known !== undefined) return known
  const bytes = new Uint8Array(length)
  return { bytes, words: new Int32Array(bytes.buffer) }
}

export function giveReadBuffer(buffer: ReadBuffer): void {
  if (idle.length < mostIdle) idle.push(buffer)
}
