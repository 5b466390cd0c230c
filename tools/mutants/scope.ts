import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** A folder of sources, and the folders of the unit tests that are to notice its mutants. All below the root. */
export interface Scope {
  readonly folder: string
  readonly tests: readonly string[]
}

const codec = ['packages/netlink-core/test/codec']
const liveTable = ['packages/live-table/test']

/** The generic parts: what all tables are made of. */
export const scopes: readonly Scope[] = [
  { folder: 'packages/netlink-core/src/codec', tests: codec },
  { folder: 'packages/live-table/src/apply', tests: liveTable },
  { folder: 'packages/live-table/src/store', tests: liveTable },
  { folder: 'packages/live-table/src/relist', tests: liveTable },
  { folder: 'packages/live-table/src/changes', tests: liveTable },
  { folder: 'packages/reconcile/src', tests: ['packages/reconcile/test'] },
]

/** Tests that start processes: a mutant is a state of one process. */
const otherProcesses = new Set(['life.test.ts', 'without-code-generation.test.ts'])

/** @returns paths below the root, sorted */
function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
    .sort()
}

export function sourcesOf({ folder }: Scope): string[] {
  return filesUnder(folder)
}

export function testsOf({ tests }: Scope): string[] {
  return tests
    .flatMap(filesUnder)
    .filter((path) => path.endsWith('.test.ts') && !path.includes('/kernel/'))
    .filter((path) => !otherProcesses.has(path.slice(path.lastIndexOf('/') + 1)))
}
