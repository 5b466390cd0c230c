import { cpSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageFolders } from './pack.ts'
import { run } from './run.ts'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/**
 * Packs all that the packages of the workspace need of others, as it is installed here: a registry that asks no other one has it then.
 * @param folder for the tarballs
 * @returns the tarballs
 */
export async function packOthers(root: string, folder: string): Promise<string[]> {
  const wanted = [...packageFolders(root).values()].flatMap((source) => {
    const { dependencies, peerDependencies } = manifestIn(source)
    const others = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !name.startsWith('@rtnl/'))
    return others.map((name) => join(source, 'node_modules', name))
  })
  // npm 11 ends in the middle of packing some folders of pnpm; elsewhere it packs them.
  const copies = [...new Set(wanted.flatMap(withDependencies))].map((source, index) => {
    const copy = join(folder, 'others', `${index}`)
    cpSync(source, copy, { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
    return copy
  })
  mkdirSync(folder, { recursive: true })
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...copies]
  const npm = { cwd: root, env: { ...process.env, npm_config_cache: join(folder, 'npm-cache') } }
  const reports: { readonly filename: string }[] = JSON.parse((await run('npm', words, npm)).stdout)
  return reports.map(({ filename }) => join(folder, filename))
}

/** The folders of a package and of all that it depends on, which pnpm puts beside it. */
function withDependencies(folder: string): string[] {
  const source = realpathSync(folder)
  const { name, dependencies = {} } = manifestIn(source)
  const beside = source.slice(0, -name.length)
  return [source, ...Object.keys(dependencies).flatMap((dependency) => withDependencies(join(beside, dependency)))]
}
