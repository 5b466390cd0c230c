import { cpSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
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
  return Promise.all(
    [...new Set(wanted.flatMap(withDependencies))].map(async (source, index) => {
      // Installations elsewhere add links to the files meanwhile, which tar would take for a change.
      const copy = join(folder, `${index}`, 'package')
      cpSync(source, copy, { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
      const tarball = join(folder, `${index}.tgz`)
      // What is installed is what its author packed: nothing of it has to be chosen.
      await run('tar', ['-czf', tarball, 'package'], { cwd: dirname(copy), env: process.env })
      return tarball
    }),
  )
}

/** The folders of a package and of all that it depends on, which pnpm puts beside it. */
function withDependencies(folder: string): string[] {
  const source = realpathSync(folder)
  const { name, dependencies = {} } = manifestIn(source)
  const beside = source.slice(0, -name.length)
  return [source, ...Object.keys(dependencies).flatMap((dependency) => withDependencies(join(beside, dependency)))]
}
