import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'

const MINIMUM_NODE_MAJOR = 20

/** Packages of Debian that have commands which the tools and tests start. @type {Readonly<Record<string, string>>} */
const PACKAGES = {
  make: 'make',
  ip: 'iproute2',
  bridge: 'iproute2',
  unshare: 'util-linux',
  npm: 'npm',
  ping: 'iputils-ping',
  tshark: 'tshark',
  script: 'bsdutils',
  bash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
  mandoc: 'mandoc',
  man: 'man-db',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  tmux: 'tmux',
  python3: 'python3',
  'systemd-notify': 'systemd',
  'systemd-analyze': 'systemd',
  'nats-server': 'nats-server',
  chromium: 'chromium',
  openssl: 'openssl',
  '/usr/lib/frr/bgpd': 'frr',
}

/**
 * What to do about a command that is missing.
 * @param {string} command
 * @returns {string} empty where the package is not known
 */
export function installAdvice(command) {
  return Object.hasOwn(PACKAGES, command) ? `install the package "${PACKAGES[command]}"` : ''
}

/**
 * Whether a command can be found, by name on the path or by a path of its own.
 * @param {string} name
 * @param {string} path PATH to search
 * @returns {boolean}
 */
export function isCommand(name, path) {
  const candidates = name.includes('/') ? [name] : path.split(':').map((folder) => join(folder, name))
  return candidates.some((file) => {
    try {
      accessSync(file, constants.X_OK)
      return statSync(file).isFile()
    } catch {
      return false
    }
  })
}

/**
 * The C++ compiler to use: the one that CXX names, else the first known one; undefined where there is none.
 * CXX may hold arguments too, as make allows ("ccache g++").
 * @param {NodeJS.ProcessEnv} env
 * @param {string} path PATH to search
 * @returns {string | undefined}
 */
export function findCompiler(env, path) {
  const named = env.CXX?.trim()
  if (named) return isCommand(named.split(/\s+/)[0] ?? '', path) ? named : undefined
  return ['c++', 'g++', 'clang++'].find((name) => isCommand(name, path))
}

/**
 * Everything that is missing on this machine, one line each with what to do; empty where all is there.
 * @param {{ platform: string, nodeVersion: string, env: NodeJS.ProcessEnv, path: string, root: string }} machine
 * @returns {string[]}
 */
export function missingPrerequisites({ platform, nodeVersion, env, path, root }) {
  if (platform !== 'linux') return [`Linux is needed: rtnl talks to the Linux kernel, and this is "${platform}"`]

  const missing = []
  if (Number.parseInt(nodeVersion, 10) < MINIMUM_NODE_MAJOR)
    missing.push(`Node.js ${MINIMUM_NODE_MAJOR} or newer is needed, this is ${nodeVersion}: see https://nodejs.org`)
  if (findCompiler(env, path) === undefined)
    missing.push(
      env.CXX?.trim()
        ? `the C++ compiler that CXX names, "${env.CXX}", is not found: correct or unset CXX`
        : 'a C++ compiler (c++, g++ or clang++) is not found: install the package "g++" (Debian, Ubuntu), "gcc-c++" (Fedora)',
    )
  for (const command of ['make', 'ip', 'bridge', 'unshare', 'npm'])
    if (!isCommand(command, path)) missing.push(`${command} is not found: ${installAdvice(command)}`)
  try {
    accessSync(root, constants.W_OK)
  } catch {
    missing.push(`${root} is not writable by this user: dependencies and builds are put there`)
  }
  return missing
}
