// What inputs reach of the sources of a target. A program of its own, since V8 counts for a process:
//   coverage.ts TARGET FOLDER  prints { functions, blocks, kept } as JSON
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readInputs } from './corpus.ts'
import { targets } from './targets/index.ts'

export interface Coverage {
  readonly functions: { readonly reached: number; readonly all: number }
  /** Blocks of the functions that were reached. */
  readonly blocks: { readonly reached: number; readonly all: number }
  /** The places of the inputs that reach something which those before them do not. */
  readonly kept: readonly number[]
}

const packages = fileURLToPath(new URL('../../../packages/', import.meta.url))

/** Whether a file is one of those that a target is to reach; `*` stands for one folder. */
function isOf(sources: readonly string[], url: string): boolean {
  if (!url.startsWith('file://')) return false
  const path = fileURLToPath(url)
  if (!path.startsWith(packages)) return false
  const parts = path.slice(packages.length)
  return sources.some((source) => new RegExp(`^${source.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}`).test(parts))
}

async function measure(name: string, folder: string): Promise<Coverage> {
  const target = targets.find((each) => each.name === name)
  if (target === undefined) throw new Error(`there is no target ${name}`)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const functions = new Map<string, boolean>()
  const blocks = new Map<string, boolean>()
  const kept: number[] = []
  for (const [index, input] of [new Uint8Array(0), ...readInputs(folder)].entries()) {
    await target.run(input)
    const { result } = await session.post('Profiler.takePreciseCoverage')
    let isNew = false
    const note = (map: Map<string, boolean>, key: string, reached: boolean): void => {
      if (reached && map.get(key) !== true) isNew = true
      map.set(key, reached || map.get(key) === true)
    }
    for (const { url, functions: list } of result) {
      if (!isOf(target.sources, url)) continue
      for (const { functionName, ranges } of list) {
        for (const [place, { startOffset, endOffset, count }] of ranges.entries()) {
          const key = `${url} ${functionName} ${startOffset} ${endOffset}`
          note(place === 0 ? functions : blocks, key, count > 0)
        }
      }
    }
    if (isNew && index > 0) kept.push(index - 1)
  }
  const counted = (map: Map<string, boolean>): { reached: number; all: number } => ({
    reached: [...map.values()].filter(Boolean).length,
    all: map.size,
  })
  return { functions: counted(functions), blocks: counted(blocks), kept }
}

const [name = '', folder = ''] = process.argv.slice(2)
console.log(JSON.stringify(await measure(name, join(folder))))
