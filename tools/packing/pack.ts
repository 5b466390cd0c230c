import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describePnpm } from '../lib/pnpm.mjs'
import { type Place, run } from './run.ts'

/** A package as it is published. */
export interface PackedPackage {
  readonly name: string
  readonly version: string
  /** The tarball. */
  readonly file: string
  readonly bytes: number
  /** What is in it, relative to the package. */
  readonly files: readonly string[]
}

/** `pnpm pack --json`. */
interface PackReport {
  readonly name: string
  readonly version: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

export interface PackOptions {
  /** Whether a package may refuse to be packed (its script `prepack`), as it does without addons for all architectures. */
  readonly checked: boolean
}

/** The folders of all packages, with the name of each. */
export function packageFolders(root: string): Map<string, string> {
  const packages = join(root, 'packages')
  return new Map(
    readdirSync(packages).map((folder) => {
      const { name }: { name: string } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'))
      return [name, join(packages, folder)]
    }),
  )
}

/** Packs every package, as built, into a folder. */
export async function packAll(
  root: string,
  target: string,
  { checked }: PackOptions,
): Promise<Map<string, PackedPackage>> {
  const place: Place = { cwd: root, env: { ...process.env, PATH: `${describePnpm(root).bin}:${process.env.PATH}` } }
  const words = ['--recursive', '--filter', './packages/*', 'pack', '--json', '--pack-destination', target]
  const { stdout } = await run('pnpm', checked ? words : [...words, '--config.ignore-scripts=true'], place)
  const reports: PackReport[] = JSON.parse(stdout)
  return new Map(
    reports.map(({ name, version, filename, files }) => {
      const file = join(target, filename.split('/').at(-1) ?? '')
      const packed = {
        name,
        version,
        file,
        bytes: readFileSync(file).length,
        files: files.map(({ path }) => path).sort(),
      }
      return [name, packed]
    }),
  )
}
