/**
 * @typedef {'node' | 'deno' | 'bun'} Runtime
 * @typedef {{ npm: string, binary: string } | 'own'} Binary a package of the npm registry and the program in it, or the one
 *   that the workspace has
 * @typedef {{ suite: 'bookworm' | 'bullseye', packages: string[], shown: string }} Library a C library as Debian has it
 *
 * @typedef {object} Target
 * @property {string} name for --only
 * @property {Runtime} runtime
 * @property {string} version as shown; of an own one it is asked
 * @property {Binary} binary
 * @property {'x64' | 'arm64'} architecture
 * @property {'glibc' | 'musl'} kind of the C library
 * @property {Library} [library] the machine's own one if not given
 */

const NODES = ['20.20.2', '22.23.3', '24.21.0', '26.12.1']
const BUN = '1.4.5'
const DENO = '2.9.6'

/** @type {'x64' | 'arm64'} */
const OWN = process.arch === 'arm64' ? 'arm64' : 'x64'

const GLIBC_PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6']
/** @type {Library} */
const GLIBC_231 = { suite: 'bullseye', packages: GLIBC_PACKAGES, shown: '2.31' }
/** @type {Library} */
export const GLIBC_236 = { suite: 'bookworm', packages: GLIBC_PACKAGES, shown: '2.36' }
/** @type {Library} */
export const MUSL = { suite: 'bookworm', packages: ['musl'], shown: '1.2.3' }

/**
 * @param {string} version
 * @param {'x64' | 'arm64'} architecture
 * @returns {Binary}
 */
const nodeBinary = (version, architecture) => ({ npm: `node-linux-${architecture}@${version}`, binary: 'bin/node' })
/** @param {string} platform @returns {Binary} */
const bunBinary = (platform) => ({ npm: `@oven/bun-linux-${platform}@${BUN}`, binary: 'bin/bun' })

/** @type {readonly Target[]} */
export const TARGETS = [
  { name: 'node', runtime: 'node', version: '', binary: 'own', architecture: OWN, kind: 'glibc' },
  { name: 'deno', runtime: 'deno', version: DENO, binary: 'own', architecture: OWN, kind: 'glibc' },
  { name: 'bun', runtime: 'bun', version: BUN, binary: 'own', architecture: OWN, kind: 'glibc' },
  ...NODES.map(
    (version) =>
      /** @type {Target} */ ({
        name: `node-${version.split('.')[0]}`,
        runtime: 'node',
        version,
        binary: nodeBinary(version, 'x64'),
        architecture: 'x64',
        kind: 'glibc',
      }),
  ),
  {
    name: 'node-20-glibc-2.31',
    runtime: 'node',
    version: '20.20.2',
    binary: nodeBinary('20.20.2', 'x64'),
    architecture: 'x64',
    kind: 'glibc',
    library: GLIBC_231,
  },
  {
    name: 'bun-musl',
    runtime: 'bun',
    version: BUN,
    binary: bunBinary('x64-musl'),
    architecture: 'x64',
    kind: 'musl',
    library: MUSL,
  },
  ...['20.20.2', '24.21.0'].map(
    (version) =>
      /** @type {Target} */ ({
        name: `node-${version.split('.')[0]}-arm64`,
        runtime: 'node',
        version,
        binary: nodeBinary(version, 'arm64'),
        architecture: 'arm64',
        kind: 'glibc',
        library: GLIBC_236,
      }),
  ),
  {
    name: 'node-20-arm64-glibc-2.31',
    runtime: 'node',
    version: '20.20.2',
    binary: nodeBinary('20.20.2', 'arm64'),
    architecture: 'arm64',
    kind: 'glibc',
    library: GLIBC_231,
  },
  {
    name: 'deno-arm64',
    runtime: 'deno',
    version: DENO,
    binary: { npm: `@deno/linux-arm64-glibc@${DENO}`, binary: 'deno' },
    architecture: 'arm64',
    kind: 'glibc',
    library: GLIBC_236,
  },
  {
    name: 'bun-arm64',
    runtime: 'bun',
    version: BUN,
    binary: bunBinary('aarch64'),
    architecture: 'arm64',
    kind: 'glibc',
    library: GLIBC_236,
  },
  {
    name: 'bun-musl-arm64',
    runtime: 'bun',
    version: BUN,
    binary: bunBinary('aarch64-musl'),
    architecture: 'arm64',
    kind: 'musl',
    library: MUSL,
  },
]
