import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { findDuplicateName, UsageError } from '@rtnl/tables'

/**
 * The wanted entries of a file, as `show --json` prints them; `-` is standard input.
 * @throws {UsageError} there is no such file, or it does not hold an array of objects
 */
export async function readDesired(file: string): Promise<object[]> {
  const content = await read(file)
  const name = nameOf(file)
  if (content.trim() === '') throw new UsageError(`${name}: there is nothing in it; to want nothing, write []`)
  const entries = parse(name, content)
  if (!Array.isArray(entries)) throw new UsageError(`${name}: not an array of entries, as rtnl show --json prints it`)
  for (const [place, entry] of entries.entries()) {
    if (typeof entry === 'object' && entry !== null && !Array.isArray(entry)) continue
    throw new UsageError(`${name}: [${place}] is not an object`)
  }
  return entries
}

/** For people. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--file: ${whyUnreadable(file, error as NodeJS.ErrnoException)}`, { cause: error })
  }
}

function whyUnreadable(file: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return `there is no file ${file}`
    case 'EACCES':
      return `this user may not read ${file}`
    case 'EISDIR':
      return `${file} is a folder`
    default:
      return `${nameOf(file)} cannot be read: ${message}`
  }
}

function parse(name: string, content: string): unknown {
  const value = parseJson(name, content)
  const duplicate = findDuplicateName(content)
  if (duplicate === undefined) return value
  const { name: field, line, firstLine } = duplicate
  const place = line === firstLine ? 'in the same object' : `in the object in which line ${firstLine} has it`
  throw new UsageError(`${name}: line ${line}: ${JSON.stringify(field)} stands twice ${place}; remove one`)
}

function parseJson(name: string, content: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    throw new UsageError(`${name}: not JSON: ${(error as Error).message}`, { cause: error })
  }
}
