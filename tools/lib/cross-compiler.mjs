import { findCompiler, isCommand } from './prerequisites.mjs'

/** By the names that Node has for architectures: the compiler, and where Debian has it if it is not the machine's own. */
const COMPILERS = /** @type {const} */ ({
  x64: { command: 'x86_64-linux-gnu-g++', debian: 'g++-x86-64-linux-gnu' },
  arm64: { command: 'aarch64-linux-gnu-g++', debian: 'g++-aarch64-linux-gnu' },
})
/** @typedef {keyof typeof COMPILERS} Architecture */

/** What there are prebuilt addons for. */
export const ARCHITECTURES = /** @type {Architecture[]} */ (Object.keys(COMPILERS))

/**
 * @param {Architecture} architecture
 * @returns {string} the C++ compiler for it
 * @throws {Error} with what to install
 */
export function compilerFor(architecture) {
  const { command, debian } = COMPILERS[architecture]
  const path = process.env.PATH ?? ''
  if (isCommand(command, path)) return command
  const own = process.arch === architecture
  const found = own ? findCompiler({}, path) : undefined
  if (found !== undefined) return found
  throw new Error(`${command} is not found: install the Debian package "${own ? 'g++' : debian}"`)
}
