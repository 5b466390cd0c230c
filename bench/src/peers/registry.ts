import { execFile } from 'node:child_process'
import { access, cp, mkdir, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Found, findEach } from '../absent.ts'
import { folder } from '../folder.ts'
import { findCompiler } from '../programs.ts'
import type { Peer, PeerCandidate } from './peer.ts'

const run = promisify(execFile)
const pathOf = (name: string): string => fileURLToPath(new URL(name, folder))

const noLimits = { dump: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY }
const goSources = '/usr/share/gocode'
const rustSources = '/usr/share/cargo/registry'

/** Those for whom there is a contestant, in the order of the tables. `ip` takes part by itself. */
export const peerCandidates: readonly PeerCandidate[] = [
  {
    id: 'libnl',
    name: 'libnl-route-3',
    // Its cache is searched through chains that grow with it.
    limits: { ...noLimits, dump: 100_000 },
    async prepare() {
      const flags = await output(
        'pkg-config',
        ['--cflags', '--libs', 'libnl-route-3.0'],
        'pkg-config libnl-route-3-dev',
      )
      const program = pathOf('.cache/peers/libnl')
      await run(await findCompiler(), [
        ...['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program],
        pathOf('contestants/peers/libnl_peer.c'),
        ...flags.split(/\s+/),
      ])
      return [program]
    },
  },
  {
    id: 'rust',
    name: 'Rust rtnetlink',
    limits: noLimits,
    async prepare() {
      const crates = await readdir(rustSources).catch(() => [])
      if (!crates.some((crate) => crate.startsWith('rtnetlink-'))) {
        throw new Error('apt-get install librust-rtnetlink-dev librust-tokio-dev librust-futures-dev')
      }
      const source = pathOf('.cache/peers/rust/source')
      // Beside the sources cargo writes a lock file.
      await cp(pathOf('contestants/peers/rust'), source, { recursive: true })
      const replaced = ['source.crates-io.replace-with="debian"', `source.debian.directory="${rustSources}"`]
      await output('cargo', ['--version'], 'cargo')
      await run('cargo', [
        ...['build', '--release', '--offline', '--quiet', '--manifest-path', `${source}/Cargo.toml`],
        ...['--target-dir', pathOf('.cache/peers/rust/target'), ...replaced.flatMap((line) => ['--config', line])],
      ])
      return [pathOf('.cache/peers/rust/target/release/rtnetlink-peer')]
    },
  },
  {
    id: 'go',
    name: 'Go vishvananda/netlink',
    limits: noLimits,
    async prepare() {
      await access(`${goSources}/src/github.com/vishvananda/netlink`).catch(() => {
        throw new Error('apt-get install golang-github-vishvananda-netlink-dev')
      })
      await output('go', ['version'], 'golang-go')
      const program = pathOf('.cache/peers/go')
      const env = { ...process.env, GOPATH: goSources, GO111MODULE: 'off', GOFLAGS: '' }
      await run('go', ['build', '-o', program, pathOf('contestants/peers/go/peer.go')], { env })
      return [program]
    },
  },
  {
    id: 'npm',
    name: 'npm netlink',
    limits: noLimits,
    async prepare() {
      const modules = pathOf('.cache/npm/')
      await access(`${modules}node_modules/netlink`).catch(() => {
        throw new Error('npm install --prefix bench/.cache/npm netlink@0.3.0')
      })
      return [process.execPath, pathOf('contestants/peers/npm_netlink_peer.mjs'), modules]
    },
  },
  {
    id: 'pyroute2',
    name: 'Python pyroute2',
    limits: { dump: 20_000, write: 5000 },
    async prepare() {
      // Debian's Python has Debian's packages, whatever other Python comes first on the path.
      const python = '/usr/bin/python3'
      await output(python, ['-c', 'import pyroute2'], 'python3-pyroute2')
      return [python, pathOf('contestants/peers/pyroute2_peer.py')]
    },
  },
]

/**
 * Makes those ready that are wanted and installed.
 * @param ids of those that are wanted
 */
export async function preparePeers(ids: readonly string[]): Promise<Found<Peer>> {
  await mkdir(pathOf('.cache/peers/'), { recursive: true })
  const wanted = peerCandidates.filter(({ id }) => ids.includes(id))
  return findEach(wanted, async ({ id, name, limits, prepare }) => ({ id, name, limits, command: await prepare() }))
}

/** @param packages of Debian that it takes */
async function output(command: string, words: readonly string[], packages: string): Promise<string> {
  try {
    return (await run(command, words)).stdout.trim()
  } catch {
    throw new Error(`apt-get install ${packages}`)
  }
}
