import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import readChangesets from '@changesets/read'
import { packageFolders } from '../packing/pack.ts'

/** The one version that all packages have. @throws {Error} they have different ones */
export function commonVersion(root: string): string {
  const versions = new Map<string, string>()
  for (const [name, folder] of packageFolders(root)) {
    const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    versions.set(version, name)
  }
  const [[version = ''] = [], ...others] = versions
  if (others.length === 0) return version
  throw new Error(
    `packages have different versions: ${[...versions].map(([each, name]) => `${name} ${each}`).join(', ')}`,
  )
}

/** What a checkout lacks to be published as it is, each as a sentence with what to do. */
export async function lacking(root: string, version: string): Promise<string[]> {
  const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trimEnd()
  const problems: string[] = []
  const changed = git('status', '--porcelain').split('\n').filter(Boolean)
  if (changed.length > 0)
    problems.push(`${changed.length} files are not committed, such as ${changed[0]?.slice(3)}: commit or remove them`)
  const pending = await readChangesets(root)
  if (pending.length > 0)
    problems.push(`${pending.length} changes in .changeset are in no version yet: run \`pnpm release:version\``)
  const heading = `## ${version} (`
  if (!readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(`\n${heading}`)) {
    problems.push(`CHANGELOG.md has no section "${heading}...)": run \`pnpm release:version\``)
  }
  if (git('tag', '--list', `v${version}`) !== '')
    problems.push(`there is a tag v${version}: the version is out already`)
  return problems
}
