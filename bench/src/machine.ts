import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { folder } from './folder.ts'

/** Where and when figures come from. */
export interface Machine {
  readonly node: string
  readonly kernel: string
  readonly processor: string
  readonly processors: number
  readonly memoryBytes: number
  /** How many processes wanted a processor in the minute before: what others did to the figures. */
  readonly load: number
  /** As in 2026-11-28. */
  readonly date: string
  /** The commit that was measured; absent outside a checkout. */
  readonly commit?: string
}

export function describeMachine(): Machine {
  const commit = findCommit()
  return {
    node: process.version,
    kernel: release(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    load: loadavg()[0] ?? 0,
    date: new Date().toISOString().slice(0, 10),
    ...(commit === undefined ? {} : { commit }),
  }
}

function findCommit(): string | undefined {
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', fileURLToPath(folder), ...words], { encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    const commit = git('rev-parse', '--short=10', 'HEAD')
    return git('status', '--porcelain', '--untracked-files=no', 'packages') === '' ? commit : `${commit} and changes`
  } catch {
    return undefined
  }
}
