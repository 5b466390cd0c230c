import { type GenericSchema, getDotPath, type InferOutput, safeParse } from 'valibot'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './config-error.ts'

/** The most aliases that a document may resolve: more would be a file that is made to fill the memory. */
const mostAliases = 100

/** A fault of a document. */
export interface Fault {
  /** Names and numbers that lead to the value that is wrong. */
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** A text of YAML, or of JSON, which is YAML too, that knows where its values stand. */
export class PlacedDocument {
  /** What it says, unchecked. */
  readonly content: unknown
  readonly #file: string
  readonly #document: Document
  readonly #lines: LineCounter

  /**
   * @param file its name, for errors
   * @throws {ConfigError} the text is no YAML, or has a key twice
   */
  constructor(file: string, text: string) {
    this.#file = file
    this.#lines = new LineCounter()
    this.#document = parseDocument(text, { lineCounter: this.#lines })
    const { errors } = this.#document
    if (errors.length > 0) {
      throw new ConfigError(
        errors.map(({ pos, message }) => `${this.#placeAt(pos[0])}: ${firstLine(message)}`).join('\n'),
      )
    }
    try {
      // An empty file says nothing, as one of only comments.
      this.content = this.#document.toJS({ maxAliasCount: mostAliases }) ?? {}
    } catch (error) {
      throw new ConfigError(`${file}: ${(error as Error).message}`, { cause: error })
    }
  }

  /** @throws {ConfigError} it does not fit the schema: with all faults, each with its place */
  read<Schema extends GenericSchema>(schema: Schema): InferOutput<Schema> {
    const checked = safeParse(schema, this.content)
    if (checked.success) return checked.output
    const lines = checked.issues.map((issue) =>
      this.#line(
        (issue.path ?? []).map(({ key }) => key as PropertyKey),
        getDotPath(issue),
        issue.message,
      ),
    )
    throw new ConfigError(lines.join('\n'))
  }

  /** An error that names each fault with its place. */
  errorOf(faults: readonly Fault[]): ConfigError {
    return new ConfigError(
      faults.map(({ path, message }) => this.#line(path, path.map(String).join('.'), message)).join('\n'),
    )
  }

  #line(path: readonly PropertyKey[], name: string | null, message: string): string {
    return `${this.#placeAt(this.#offsetOf(path))}: ${name === null || name === '' ? '' : `${name}: `}${message}`
  }

  #placeAt(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)
    return `${this.#file}:${line}:${col}`
  }

  /** Where the value stands; where there is none, what it is missing in. */
  #offsetOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return node.range[0]
    }
    return 0
  }
}

/** The parser shows the line of the fault in further lines. */
function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:$/, '')
}
