import { type GenericSchema, getDotPath, type InferOutput, safeParse } from 'valibot'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './config-error.ts'

/** The most aliases that a document may resolve: more would be a file that is made to fill the memory. */
const mostAliases = 100

/**
 * Reads a text of YAML, or of JSON, which is YAML too, and checks it.
 * @param file its name, for errors
 * @throws {ConfigError} the text is no YAML, has a key twice, or does not fit the schema: with all faults, each with its place
 */
export function readPlaced<Schema extends GenericSchema>(
  schema: Schema,
  file: string,
  text: string,
): InferOutput<Schema> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ pos, message }) => `${place(pos[0])}: ${firstLine(message)}`).join('\n'),
    )
  }
  const checked = safeParse(schema, contentOf(document, file))
  if (checked.success) return checked.output
  const faults = checked.issues.map((issue) => {
    const path = (issue.path ?? []).map(({ key }) => key)
    const name = getDotPath(issue)
    return `${place(offsetOf(document, path))}: ${name === null ? '' : `${name}: `}${issue.message}`
  })
  throw new ConfigError(faults.join('\n'))
}

function contentOf(document: Document, file: string): unknown {
  try {
    // An empty file says nothing, as one of only comments.
    return document.toJS({ maxAliasCount: mostAliases }) ?? {}
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

/** Where the value stands; where there is none, what it is missing in. */
function offsetOf(document: Document, path: readonly unknown[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** The parser shows the line of the fault in further lines. */
function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:$/, '')
}
