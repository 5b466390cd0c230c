// Fuzzes what reads bytes of the kernel: `pnpm fuzz`.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keepInputs, keptInputs, writeInputs } from './src/corpus.ts'
import type { Coverage } from './src/coverage.ts'
import { fuzz } from './src/jazzer.ts'
import type { Target } from './src/target.ts'
import { targets } from './src/targets/index.ts'

const usage = `usage: pnpm fuzz [TARGET...] [OPTION...]

Gives bytes that no kernel sends to all that reads bytes of the kernel. Begins with real messages and the inputs that are
kept in tools/fuzz/corpus, and goes on from what reaches new code (Jazzer.js). Prints for each target the executions, and what
its inputs reach of the sources. Ends with 1 if a promise is broken: the input is printed as base64.

  --seconds N  how long each target is tried (default 60)
  --seed S     for the same changes again (default: another one each time, which is printed)
  --save       writes the inputs that reach anything to tools/fuzz/corpus
  --list       the targets and what they promise
  --help       this text`

const root = fileURLToPath(new URL('../../', import.meta.url))

class WrongUsage extends Error {}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new WrongUsage(`--${name}: "${text}" is not a whole number in ${least}..${most}`)
}

function chosen(names: readonly string[]): readonly Target[] {
  const unknown = names.find((name) => !targets.some((target) => target.name === name))
  if (unknown !== undefined) throw new WrongUsage(`there is no target ${unknown}: see pnpm fuzz --list`)
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name))
}

function coverageOf({ name }: Target, inputs: readonly Uint8Array[]): Coverage {
  const folder = join(root, '.cache/fuzz/measured', name)
  writeInputs(folder, inputs)
  const program = fileURLToPath(new URL('src/coverage.ts', import.meta.url))
  const words = ['--conditions=rtnl-source', '--import', 'tsx', program, name, folder]
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the coverage of ${name} could not be measured: ${stderr}`)
  return JSON.parse(stdout) as Coverage
}

/** @returns whether the target kept its promise */
async function tryTarget(target: Target, options: { seconds: number; seed: number; save: boolean }): Promise<boolean> {
  process.stderr.write(`${target.name}: ${options.seconds} s\n`)
  const begin = [...keptInputs(target), ...target.seeds()]
  const { executions, seconds, inputs, found } = await fuzz(target, begin, options)
  if (found !== undefined) {
    const text = found.input === undefined ? '' : `\ninput: ${Buffer.from(found.input).toString('base64')}`
    console.log(`${target.name}: BROKEN after ${executions} executions, seed ${options.seed}\n${found.text}${text}`)
    return false
  }
  const { functions, blocks, kept } = coverageOf(target, inputs)
  const rate = Math.round(executions / Math.max(seconds, 1))
  console.log(
    `${target.name}: ${executions} executions, ${rate} a second; functions ${functions.reached} of ${functions.all}, ` +
      `blocks ${blocks.reached} of ${blocks.all}; corpus ${inputs.length} inputs, ${kept.length} of them to keep`,
  )
  if (options.save) {
    const chosen = kept.map((place) => inputs[place]!)
    keepInputs(target, chosen)
  }
  return true
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      save: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  if (values.list) {
    for (const { name, promise } of targets) console.log(`${name}: ${promise}`)
    return 0
  }
  const seconds = wholeNumber('seconds', values.seconds, 1, 86_400)
  const random = 1 + Math.floor(Math.random() * 0x7ffffffe)
  const seed = values.seed === undefined ? random : wholeNumber('seed', values.seed, 1, 0x7fffffff)
  const list = chosen(positionals)
  process.stderr.write(`seed ${seed}\n`)
  let isKept = true
  for (const target of list) isKept = (await tryTarget(target, { seconds, seed, save: values.save })) && isKept
  return isKept ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage =
    error instanceof WrongUsage || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = isUsage ? 2 : 1
}
