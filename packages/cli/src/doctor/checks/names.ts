import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { countOf } from '../../output/count.ts'
import { readText } from '../../read-text.ts'
import { type CheckGroup, requireReadable } from '../check.ts'

/** Where iproute2 keeps its files of names. */
const folders = ['/usr/lib/iproute2', '/usr/share/iproute2', '/etc/iproute2']

/** The files whose names rtnl shows, and the largest number that may have a name. */
const files: Readonly<Record<string, number>> = {
  rt_protos: 0xff,
  rt_tables: 0xffffffff,
  rt_scopes: 0xff,
  rt_realms: 0xff,
  rt_dsfield: 0xff,
  group: 0xffffffff,
}

/** The files that may have parts in a folder. */
const divided = ['rt_protos', 'rt_tables']

/** A larger one is not read. */
const largest = 1 << 20

/** A line, or a file (`line` 0), from which no name is taken. */
interface NameFault {
  readonly file: string
  readonly line: number
  readonly text: string
}

const mostShown = 3

/** Faults in the files of names: their lines have no effect. */
export const nameGroup: CheckGroup = {
  ids: ['names'],
  examine() {
    const found = filesOfNames()
    const faults = found.flatMap(({ path, most }) => faultsOfFile(path, most))
    if (faults.length === 0) {
      const text = `no fault in ${countOf(found.length, ['file', 'files'])} of names (${folders.join(', ')})`
      return [{ id: 'names', level: 'green', text, value: { files: found.length, faults } }]
    }
    const shown = faults
      .slice(0, mostShown)
      .map(({ file, line, text }) => `${file}${line === 0 ? '' : `:${line}`}: ${text}`)
    const more = faults.length > mostShown ? `; ${faults.length - mostShown} more (--json has all)` : ''
    return [
      {
        id: 'names',
        level: 'yellow',
        text: `left out: ${shown.join('; ')}${more}`,
        todo: 'correct the files; ip takes no name from behind a line that is no name',
        value: { files: found.length, faults },
      },
    ]
  },
}

function filesOfNames(): { readonly path: string; readonly most: number }[] {
  return Object.entries(files).flatMap(([file, most]) =>
    folders.flatMap((folder) => {
      const path = join(folder, file)
      const parts = divided.includes(file) ? partsIn(`${path}.d`) : []
      return [path, ...parts].filter(isThere).map((each) => ({ path: each, most }))
    }),
  )
}

/** Only these are read; a name that begins with a dot is hidden. */
function partsIn(folder: string): string[] {
  requireReadable(folder)
  try {
    const names = readdirSync(folder).sort()
    return names.filter((name) => /^[^.].*\.conf$/.test(name)).map((name) => join(folder, name))
  } catch {
    return []
  }
}

function isThere(path: string): boolean {
  requireReadable(path)
  try {
    statSync(path)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

function faultsOfFile(file: string, most: number): NameFault[] {
  const whole = (text: string): NameFault[] => [{ file, line: 0, text }]
  try {
    const stats = statSync(file)
    if (!stats.isFile()) return whole('is no plain file')
    if (stats.size > largest) return whole(`is larger than ${largest} bytes`)
  } catch (error) {
    return whole((error as Error).message)
  }
  const text = readText(file)
  return text === undefined ? whole('may not be read') : faultsOfNames(text, most).map((fault) => ({ file, ...fault }))
}

/** The lines of a file of names that are neither a number and a name nor a comment. */
export function faultsOfNames(text: string, most: number): Pick<NameFault, 'line' | 'text'>[] {
  return text.split('\n').flatMap((line, place) => {
    const fault = faultOfLine(line, most)
    return fault === undefined ? [] : [{ line: place + 1, text: `${JSON.stringify(line.trim())} ${fault}` }]
  })
}

function faultOfLine(line: string, most: number): string | undefined {
  const [number, name] = line.split(/[ \t]+/).filter((word, place) => word !== '' || place > 0)
  if (number === undefined || number.trim() === '' || number.startsWith('#')) return undefined
  if (!/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(number)) return 'does not begin with a number'
  const plain = /^[^\s\p{Cc}]*/u.exec(name ?? '')?.[0] ?? ''
  if (plain === '') return 'has no name'
  if (/^(?:\d+|0x[0-9a-f]+)$/i.test(plain)) return 'has a number for a name'
  if (Number(number) > most) return `has a number beyond ${most}`
  return undefined
}
