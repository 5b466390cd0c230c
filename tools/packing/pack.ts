import { execFileSync } from 'node:child_process'
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
}

export interface PackOptions {
  /** Whether addons for all architectures have to be there, made from the sources as they are. */
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
  if (checked) await run('node', ['tools/prebuild.mjs', '--check'], place)
  // What the script `prepack` prints, which checks the same, would stand before the JSON.
  const words = ['--config.ignore-scripts=true', '--recursive', '--filter', './packages/*']
  const pack = ['pack', '--json', '--pack-gzip-level', '9', '--pack-destination', target]
  const { stdout } = await run('pnpm', [...words, ...pack], place)
  const reports: PackReport[] = JSON.parse(stdout)
  return new Map(
    reports.map(({ name, version, filename }) => {
      const file = join(target, filename.split('/').at(-1) ?? '')
      const packed = {
        name,
        version,
        file,
        bytes: readFileSync(file).length,
        files: filesOf(file),
      }
      return [name, packed]
    }),
  )
}

/** The files of a tarball, each without the folder that all are in. */
function filesOf(tarball: string): string[] {
  const listed = execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' }).trimEnd().split('\n')
  return listed.map((path) => path.replace(/^package\//, '')).sort()
}
