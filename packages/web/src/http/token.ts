import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { UsageError } from '@rtnl/tables'

/** The least characters of a token: fewer could be guessed. */
const leastCharacters = 16
/** Sessions of browsers that are held; of more, the oldest ends. */
const mostSessions = 1000

/**
 * The token that a file holds, without white space around it.
 * @throws {UsageError} it cannot be read, or is too short
 */
export async function readToken(file: string): Promise<string> {
  let text: string
  try {
    text = (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, { cause: error })
  }
  if (text.length >= leastCharacters && !/\s/.test(text)) return text
  throw new UsageError(`${file}: a token has at least ${leastCharacters} characters, and no white space`)
}

/** Who may look: whoever knows the token, and whoever has shown it. */
export class TokenCheck {
  readonly #digest: Buffer
  readonly #sessions = new Set<string>()

  constructor(token: string) {
    this.#digest = digest(token)
  }

  /** Whether it is the token. Takes as long for any other text, however much of it is right. */
  isToken(text: string): boolean {
    return timingSafeEqual(digest(text), this.#digest)
  }

  /** Begins a session of a browser. @returns its secret, for a cookie */
  begin(): string {
    const secret = randomBytes(32).toString('base64url')
    const [oldest] = this.#sessions
    if (this.#sessions.size >= mostSessions && oldest !== undefined) this.#sessions.delete(oldest)
    this.#sessions.add(digest(secret).toString('hex'))
    return secret
  }

  isSession(secret: string): boolean {
    return this.#sessions.has(digest(secret).toString('hex'))
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
