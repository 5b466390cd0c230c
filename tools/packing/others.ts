import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from './pack.ts'
import { packFolder } from './tarball.ts'

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
export function packOthers(root: string, folder: string): string[] {
  const wanted = [...packageFolders(root).values()].flatMap((source) => {
    const { dependencies, peerDependencies } = manifestIn(source)
    const others = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !name.startsWith('@rtnl/'))
    return others.map((name) => join(source, 'node_modules', name))
  })
  mkdirSync(folder, { recursive: true })
  return [...new Set(wanted.flatMap(withDependencies))].map((source, index) => {
    const tarball = join(folder, `${index}.tgz`)
    packFolder(source, tarball)
    return tarball
  })
}

/** The folders of a package and of all that it depends on, which pnpm puts beside it. */
function withDependencies(folder: string): string[] {
  const source = realpathSync(folder)
  const { name, dependencies = {} } = manifestIn(source)
  const beside = source.slice(0, -name.length)
  return [source, ...Object.keys(dependencies).flatMap((dependency) => withDependencies(join(beside, dependency)))]
}
