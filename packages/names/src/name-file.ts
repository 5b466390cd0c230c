import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Where iproute2 looks for its files of names, what counts least first. */
const nameFolders: readonly string[] = ['/usr/lib/iproute2', '/usr/share/iproute2', '/etc/iproute2']

/** The files that iproute2 looks for a folder `.d` of. */
const divided: readonly string[] = ['rt_protos', 'rt_tables']

/** Nobody has names enough for a larger file. */
const largestFile = 1 << 20

/** When it is used first: for an import of `node:fs` Node.js loads all that it exports, streams too. */
function fileSystem(): typeof import('node:fs') {
  return createRequire('/')('node:fs')
}

type Entries = (readonly [number: number, name: string])[]

/** A number in decimal or hex digits and a name; what follows is a comment. */
const line = /^[ \t]*(0x[0-9a-f]{1,8}|\d{1,10})[ \t]+([^\s\p{Cc}]+)/iu
const digits = /^(?:\d+|0x[0-9a-f]+)$/i

/** The names in a text of iproute2's form. Lines that say nothing are left out, and names that are numbers. */
export function parseNames(text: string, most: number): Entries {
  const entries: Entries = []
  for (const each of text.split('\n')) {
    const [, number = '', name = ''] = line.exec(each) ?? []
    if (name === '' || digits.test(name) || Number(number) > most) continue
    entries.push([Number(number), name])
  }
  return entries
}

/**
 * The names in a file of iproute2's and in those of its folder `.d`, if it has one there. A file in one of the later folders takes the place
 * of that with the same name in others. What is not there, or may not be read, has no names.
 * @param file `rt_protos`
 * @param most the largest number that may have a name
 */
export function readNames(file: string, most: number, folders: readonly string[] = nameFolders): Entries {
  const paths = new Map<string, string>()
  for (const folder of folders) {
    const path = join(folder, file)
    if (mayRead(path) && isPlainFile(path)) paths.set('', path)
  }
  for (const folder of divided.includes(file) ? folders : []) {
    const parts = join(folder, `${file}.d`)
    for (const name of namesIn(parts)) if (/^[^.].*\.conf$/.test(name)) paths.set(name, join(parts, name))
  }
  return [...paths.values()].flatMap((path) => parseNames(contentOf(path), most))
}

function namesIn(folder: string): string[] {
  if (!mayRead(folder)) return []
  try {
    return fileSystem().readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** A pipe would never end. */
function isPlainFile(path: string): boolean {
  try {
    const found = fileSystem().statSync(path)
    return found.isFile() && found.size <= largestFile
  } catch {
    return false
  }
}

function contentOf(path: string): string {
  if (!isPlainFile(path)) return ''
  try {
    return fileSystem().readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Deno asks the user when a program reads a file without permission, so there the permission is looked at first. */
function mayRead(path: string): boolean {
  const deno = (globalThis as { Deno?: DenoPermissions }).Deno
  return deno === undefined || deno.permissions.querySync({ name: 'read', path }).state === 'granted'
}

interface DenoPermissions {
  readonly permissions: {
    querySync(descriptor: { readonly name: 'read'; readonly path: string }): { readonly state: string }
  }
}
