import { execFile } from 'node:child_process'
import { mkdir, rename } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { folder } from './folder.ts'

const run = promisify(execFile)
const names = ['drain', 'writer'] as const
const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror']

/** Paths of the contestants in C. */
export type Programs = Readonly<Record<(typeof names)[number], string>>

/**
 * Compiles the contestants in C with the compiler that CC names, or the first known one.
 * @throws {Error} there is no compiler, or it complains
 */
export async function compilePrograms(): Promise<Programs> {
  const cache = fileURLToPath(new URL('.cache/', folder))
  await mkdir(cache, { recursive: true })
  const compiler = await findCompiler()
  const compile = async (name: string): Promise<[string, string]> => {
    const source = fileURLToPath(new URL(`contestants/${name}.c`, folder))
    const target = `${cache}${basename(source, '.c')}`
    // Another run may use the old one.
    const fresh = `${target}.${process.pid}`
    await run(compiler, [...flags, '-o', fresh, source])
    await rename(fresh, target)
    return [name, target]
  }
  return Object.fromEntries(await Promise.all(names.map(compile))) as Programs
}

/** @throws {Error} there is none */
export async function findCompiler(): Promise<string> {
  const candidates = process.env.CC === undefined ? ['gcc', 'cc', 'clang'] : [process.env.CC]
  for (const candidate of candidates) {
    try {
      await run(candidate, ['--version'])
      return candidate
    } catch {
      // The next one, then.
    }
  }
  throw new Error(`no C compiler is found (${candidates.join(', ')}): install the package "gcc", or name one in CC`)
}
