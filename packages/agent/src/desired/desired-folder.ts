import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import { type DesiredSet, parseDesired } from './desired-set.ts'

/** What the files of a folder desire, and what is wrong with them. */
export interface DesiredFolder {
  /** Those of files that are good, and those that bad files had when they were. */
  readonly sets: readonly DesiredSet[]
  /** None where all files are good. */
  readonly errors: readonly FileError[]
  /** Whether it is not known if the files desire a set of this name, since they could not be read yet. */
  isUnknown(name: string): boolean
}

/** What is wrong with a file of desired entries, or with the folder. */
export interface FileError {
  /** Its name in the folder; the path, if it is the folder itself. */
  readonly file: string
  /** For people. Begins with the file, and with line and column where the fault has a place. */
  readonly message: string
}

/** What no files desire. */
export const nothingDesired: DesiredFolder = { sets: [], errors: [], isUnknown: () => false }

const extensions = /\.(json|ya?ml)$/

interface GoodFile {
  readonly text: string
  readonly sets: readonly DesiredSet[]
}

/** Reads a folder again and again. A file that has become bad keeps desiring what it did before, so that a slip removes nothing. */
export class DesiredFiles {
  readonly #folder: string
  /** Of each file what it said and desired when it was good. */
  #good = new Map<string, GoodFile>()
  /** Whether the folder could be read at least once. */
  #wasRead = false

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws never: what is wrong is in `errors` */
  async read(): Promise<DesiredFolder> {
    let names: string[]
    try {
      names = (await readdir(this.#folder)).filter((name) => extensions.test(name) && !name.startsWith('.')).sort()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      // Without a folder nothing is desired. One that cannot be read says nothing about what is desired.
      if (code !== 'ENOENT') return this.#result([{ file: this.#folder, message }])
      this.#good.clear()
      this.#wasRead = true
      return this.#result([])
    }
    const errors: FileError[] = []
    const good = new Map<string, GoodFile>()
    for (const name of names) {
      const before = this.#good.get(name)
      try {
        const text = await readFile(join(this.#folder, name), 'utf8')
        good.set(name, before?.text === text ? before : { text, sets: parseDesired(name, text) })
      } catch (error) {
        if (before !== undefined) good.set(name, before)
        const { message } = error as Error
        errors.push({ file: name, message: error instanceof ConfigError ? message : `${name}: ${message}` })
      }
    }
    this.#good = good
    this.#wasRead = true
    return this.#result(errors)
  }

  #result(errors: readonly FileError[]): DesiredFolder {
    const unknown = errors.map(({ file }) => file).filter((file) => !this.#good.has(file))
    const wasRead = this.#wasRead
    return {
      sets: [...this.#good.values()].flatMap(({ sets }) => sets),
      errors,
      isUnknown: (name) => !wasRead || unknown.some((file) => name === file || name.startsWith(`${file}#`)),
    }
  }
}

/**
 * Reads what the files of a folder desire.
 * @param folder `undefined`: nothing is desired
 */
export async function checkDesired(folder: string | undefined): Promise<DesiredFolder> {
  return folder === undefined ? nothingDesired : await new DesiredFiles(folder).read()
}
