import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selfCommand } from './run-self.ts'

const here = fileURLToPath(new URL('../..', import.meta.url))

const CHILD = 'test/native/child-opening.ts'

/** The addon of the checkout. */
export const builtAddon = (): Buffer => readFileSync(join(here, 'native/build/netlink.node'))

/** A folder with the sources of this package, and of its addons what a test puts there. */
export class InstalledPackage {
  readonly folder: string

  constructor(parent = tmpdir()) {
    this.folder = realpathSync(mkdtempSync(join(parent, 'rtnl-package-')))
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }')
    cpSync(join(here, 'src'), join(this.folder, 'src'), { recursive: true })
    cpSync(join(here, CHILD), join(this.folder, CHILD))
  }

  get prebuilt(): string {
    return join(this.folder, 'prebuilds', `linux-${process.arch}`, 'netlink.node')
  }

  get built(): string {
    return join(this.folder, 'native/build/netlink.node')
  }

  /** The command that builds the addon from what is in the package. */
  get buildCommand(): string {
    return `make -C ${join(this.folder, 'native')}`
  }

  write(file: string, bytes: Uint8Array): void {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }

  /** Opens a socket in a process of its own, and returns what it printed. */
  open({
    system = [],
    prefix = [],
    command = selfCommand(),
  }: {
    readonly system?: readonly string[]
    /** Words before the command. */
    readonly prefix?: readonly string[]
    readonly command?: readonly string[]
  } = {}): string {
    const [name = '', ...words] = [...prefix, ...command, join(this.folder, CHILD), ...system]
    const { stdout, stderr, status, error } = spawnSync(name, words, { encoding: 'utf8', timeout: 60_000 })
    if (error !== undefined) throw error
    return status === 0 && stderr === '' ? stdout.trimEnd() : `${stdout}${stderr}exit code ${status}`
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
