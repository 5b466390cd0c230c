import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from './target.ts'

const folder = fileURLToPath(new URL('../corpus/', import.meta.url))

/** Bytes of the corpora of all targets together, as base64. */
export const mostBytes = 480_000

/** The inputs that are kept in the repository: each reaches something that those before it do not. */
export function keptInputs({ name }: Target): Uint8Array[] {
  const file = join(folder, `${name}.json`)
  if (!existsSync(file)) return []
  const texts = JSON.parse(readFileSync(file, 'utf8')) as string[]
  return texts.map((text) => new Uint8Array(Buffer.from(text, 'base64')))
}

export function keepInputs({ name }: Target, inputs: readonly Uint8Array[]): void {
  const texts = inputs.map((input) => Buffer.from(input).toString('base64'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(texts, undefined, 2)}\n`)
}

/** Writes inputs to an empty folder, a file each, as libFuzzer takes them. */
export function writeInputs(to: string, inputs: readonly Uint8Array[]): void {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  for (const [index, input] of inputs.entries()) writeFileSync(join(to, String(index).padStart(5, '0')), input)
}

export function readInputs(from: string): Uint8Array[] {
  return readdirSync(from)
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(from, name))))
}
