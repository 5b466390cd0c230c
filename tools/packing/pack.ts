import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import zopfli from '@gfx/zopfli'
import { describePnpm } from '../lib/pnpm.mjs'
import { type Place, run } from './run.ts'
import { manifestOf, readTarball, type Tarball } from './tarball.ts'

/** A package as it is published. */
export interface PackedPackage {
  readonly name: string
  readonly version: string
  /** The tarball. */
  readonly file: string
  readonly bytes: number
  readonly contents: Tarball
}

/** `pnpm pack --json`. */
interface PackReport {
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

/** Packs every package, as built, into a folder, quickly: `press` makes of each what is published. */
export async function packAll(
  root: string,
  target: string,
  { checked }: PackOptions,
): Promise<Map<string, PackedPackage>> {
  const place: Place = { cwd: root, env: { ...process.env, PATH: `${describePnpm(root).bin}:${process.env.PATH}` } }
  if (checked) await run('node', ['tools/prebuild.mjs', '--check'], place)
  // What the script `prepack` prints, which checks the same, would stand before the JSON.
  const words = ['--config.ignore-scripts=true', '--recursive', '--filter', './packages/*']
  const pack = ['pack', '--json', '--pack-gzip-level', '1', '--pack-destination', target]
  const { stdout } = await run('pnpm', [...words, ...pack], place)
  const reports: PackReport[] = JSON.parse(stdout)
  return byName(reports.map(({ filename }) => join(target, filename.split('/').at(-1) ?? '')))
}

/** The packages in a folder, by name. */
export function tarballsIn(folder: string): Map<string, PackedPackage> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  return byName(files.map((file) => join(folder, file)))
}

function byName(tarballs: readonly string[]): Map<string, PackedPackage> {
  return new Map(
    tarballs.map((file) => {
      const contents = readTarball(file)
      const { name, version } = manifestOf(contents)
      return [name, { name, version, file, bytes: statSync(file).size, contents }]
    }),
  )
}

/** A package and all those that it needs. */
export function neededBy(name: string, packed: ReadonlyMap<string, PackedPackage>): PackedPackage[] {
  const needed = new Set([packed.get(name)!])
  for (const one of needed)
    for (const dependency of Object.keys(manifestOf(one.contents).dependencies ?? {})) {
      const other = packed.get(dependency)
      if (other !== undefined) needed.add(other)
    }
  return [...needed]
}

/**
 * Compresses a tarball as it is published, by Zopfli: what it makes is gzip, and a twentieth smaller than that of zlib at its best. Fifteen rounds
 * take twice the time of five, and less than a thousandth more off.
 * @returns the same package, of fewer bytes
 */
export async function press(packed: PackedPackage): Promise<PackedPackage> {
  const pressed = await zopfli.gzipAsync(gunzipSync(readFileSync(packed.file)), { numiterations: 5 })
  writeFileSync(packed.file, pressed)
  return { ...packed, bytes: pressed.length }
}
