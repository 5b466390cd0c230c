import { changed, changeSize } from './mutation.ts'

/** Something that reads bytes which come from elsewhere, and what it promises for all of them. */
export interface Target {
  readonly name: string
  /** For `--list`. */
  readonly promise: string
  /** Folders below `packages` whose sources it is to reach. */
  readonly sources: readonly string[]
  /** Whether `run` returns promises. */
  readonly isAsync: boolean
  /** Inputs to begin with. */
  seeds(): Iterable<Uint8Array>
  /**
   * Tries one input.
   * @throws {unknown} a promise is broken
   */
  run(input: Uint8Array): void | Promise<void>
}

/** Changes of a script at most. */
export const mostChanges = 8

/** What an input says: which declaration, table or case of the target, the bytes of a message, and how they are changed. */
export interface Input {
  readonly choice: number
  readonly flags: number
  readonly script: Uint8Array
  readonly message: Uint8Array
}

const headSize = 3

/** An input has its parts one behind the other, so that whoever changes its bytes changes any of them. */
export function readInput(input: Uint8Array): Input {
  const [choice = 0, flags = 0, count = 0] = input
  const size = (count % (mostChanges + 1)) * changeSize
  return {
    choice,
    flags,
    script: input.slice(headSize, headSize + size),
    message: input.slice(headSize + size),
  }
}

export function writeInput({ choice, flags, script, message }: Input): Uint8Array {
  const input = new Uint8Array(headSize + script.length + message.length)
  input.set([choice, flags, script.length / changeSize])
  input.set(script, headSize)
  input.set(message, headSize + script.length)
  return input
}

/** The message of an input with its changes. */
export function messageOf({ message, script }: Input, headerSize: number): Uint8Array {
  return changed(message, script, headerSize)
}
