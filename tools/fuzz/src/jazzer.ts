import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { debianPackages } from '../../lib/fetch.mjs'
import { readInputs, writeInputs } from './corpus.ts'
import type { Target } from './target.ts'

/** Runs a target under Jazzer.js, which sees what an input reaches and changes those that reach something new. */

const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, '.cache/fuzz')

/** Inputs are small, since what is to be found lies in few attributes. */
const mostInputBytes = 1500
/** Seconds after which one input counts as endless. */
const longestInput = 20

/** The C library that the binary of Jazzer.js 4 asks for came with this version. */
const neededLibrary = 38

/** Of Debian 13, for machines whose C library is older. */
const libraries = { suite: 'trixie', packages: ['libc6', 'libstdc++6', 'libgcc-s1'] } as const
const loaders = {
  x64: ['x86_64-linux-gnu', 'ld-linux-x86-64.so.2'],
  arm64: ['aarch64-linux-gnu', 'ld-linux-aarch64.so.1'],
}

/** The words with which Node.js starts so that it can load the binary. */
function starter(): string[] {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  if (Number(header.glibcVersionRuntime?.split('.')[1] ?? 0) >= neededLibrary) return [process.execPath]
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64'
  const system = debianPackages(join(root, '.cache/matrix'), {
    ...libraries,
    packages: [...libraries.packages],
    architecture,
  })
  const [triple = '', loader = ''] = loaders[architecture]
  const folder = join(system, 'usr/lib', triple)
  return [join(folder, loader), '--library-path', folder, process.execPath]
}

/** All targets in one file, since Jazzer.js looks into files that are required. */
async function bundle(): Promise<string> {
  const file = join(cache, 'targets.cjs')
  await build({
    stdin: {
      contents: `import { targets } from './targets/index.ts'
        const target = targets.find(({ name }) => name === process.env.RTNL_FUZZ_TARGET)
        export const fuzz = (data) => target.run(new Uint8Array(data))`,
      resolveDir: dirname(fileURLToPath(import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['rtnl-source'],
    // Nothing is loaded by the place of a file.
    define: { 'import.meta.url': '"file:///"' },
    outfile: file,
    logLevel: 'error',
  })
  return file
}

export interface Run {
  readonly executions: number
  readonly seconds: number
  /** All inputs that reached something new, those to begin with included. */
  readonly inputs: readonly Uint8Array[]
  /** The input that broke a promise, and what was said. */
  readonly found: { readonly input: Uint8Array | undefined; readonly text: string } | undefined
}

export async function fuzz(
  target: Target,
  inputs: readonly Uint8Array[],
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
): Promise<Run> {
  const corpus = join(cache, 'corpus', target.name)
  const findings = join(cache, 'findings', target.name)
  writeInputs(corpus, inputs)
  rmSync(findings, { recursive: true, force: true })
  mkdirSync(findings, { recursive: true })
  const file = await bundle()
  const jazzer = join(dirname(createRequire(import.meta.url).resolve('@jazzer.js/core')), 'cli.js')
  const [program = '', ...words] = starter()
  const options = [
    `-max_total_time=${seconds}`,
    `-seed=${seed}`,
    `-max_len=${mostInputBytes}`,
    `-timeout=${longestInput}`,
    `-artifact_prefix=${findings}/`,
  ]
  const switches = target.isAsync ? [] : ['--sync']
  // The detectors of bugs are for web programs.
  const detectors = ['--disableBugDetectors=.*']
  const child = spawn(
    program,
    [...words, jazzer, file, corpus, ...switches, ...detectors, `--includes=${file}`, '--', ...options],
    { cwd: root, env: { ...process.env, RTNL_FUZZ_TARGET: target.name }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const done = /Done (\d+) runs? in (\d+) second/.exec(text)
  const [crash] = readdirSync(findings)
  const input = crash === undefined ? undefined : new Uint8Array(readFileSync(join(findings, crash)))
  const found = status === 0 && crash === undefined && done !== null ? undefined : { input, text: text.slice(-4000) }
  return {
    executions: Number(done?.[1] ?? /.*^#(\d+)/ms.exec(text)?.[1] ?? 0),
    seconds: Number(done?.[2] ?? 0),
    inputs: existsSync(corpus) ? readInputs(corpus) : inputs,
    found,
  }
}
