import { existsSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { compilerFor } from '../lib/cross-compiler.mjs'
import { debianPackages, npmPackage } from '../lib/fetch.mjs'
import { cxxLibraryForMusl } from './musl-cxx.mjs'

/** @typedef {import('./targets.mjs').Target} Target */

/** The loader of each C library, as programs name it. */
const LOADERS = {
  glibc: { x64: 'lib64/ld-linux-x86-64.so.2', arm64: 'lib/ld-linux-aarch64.so.1' },
  musl: { x64: 'lib/ld-musl-x86_64.so.1', arm64: 'lib/ld-musl-aarch64.so.1' },
}
const TRIPLES = { x64: 'x86_64-linux', arm64: 'aarch64-linux' }
/** The packages need --allow-ffi; the rest is for the check itself, which runs `ip` and workers. */
const PERMISSIONS = ['--no-prompt', '--allow-ffi', '--allow-read', '--allow-env', '--allow-run=ip']

/**
 * The command that runs a file on a target, whose parts are fetched if need be.
 * @param {Target} target
 * @param {{ root: string, cache: string }} folders
 * @returns {string[]}
 */
export function commandOf(target, { root, cache }) {
  const program = binaryOf(target, root, cache)
  const words = [...starterOf(target, program, { root, cache }), program]
  return target.runtime === 'deno' ? [...words, 'run', ...PERMISSIONS] : words
}

/**
 * @param {Target} target
 * @param {string} root
 * @param {string} cache
 */
function binaryOf({ binary, runtime }, root, cache) {
  if (binary !== 'own') return join(npmPackage(cache, binary.npm), binary.binary)
  if (runtime === 'node') return process.execPath
  const folder = realpathSync(join(root, 'node_modules', runtime))
  return runtime === 'deno' ? join(folder, 'deno') : join(folder, 'bin/bun.exe')
}

/**
 * What starts a program that is for another architecture or C library.
 * @param {Target} target
 * @param {string} program
 * @param {{ root: string, cache: string }} folders
 * @returns {string[]}
 */
function starterOf({ architecture, library, kind }, program, { root, cache }) {
  if (library === undefined) return []
  const system = systemOf({ architecture, library, kind }, cache)
  const triple = TRIPLES[architecture]
  const folders = kind === 'musl' ? [] : [`lib/${triple}-gnu`, `usr/lib/${triple}-gnu`].map((one) => join(system, one))
  if (kind === 'musl') {
    const musl = join(system, LOADERS.musl[architecture])
    const compiler = compilerFor(architecture)
    folders.push(cxxLibraryForMusl(cache, { architecture, compiler, program, musl, root }))
  }
  if (architecture === process.arch)
    return [join(system, LOADERS[kind][architecture]), '--library-path', folders.join(':')]
  const emulator = debianPackages(cache, {
    suite: 'bookworm',
    architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
    packages: ['qemu-user-static'],
  })
  const name = architecture === 'arm64' ? 'qemu-aarch64-static' : 'qemu-x86_64-static'
  // The emulator finds the libraries of the system by itself. Deno starts no program while this variable is set.
  const extra = kind === 'musl' ? ['-E', `LD_LIBRARY_PATH=${folders.join(':')}`] : []
  return [join(emulator, 'usr/bin', name), '-L', system, ...extra]
}

/**
 * The folder that stands for the root of a system with a C library.
 * @param {Required<Pick<Target, 'architecture' | 'library' | 'kind'>>} target
 * @param {string} cache
 */
function systemOf({ architecture, library, kind }, cache) {
  const system = debianPackages(cache, { ...library, architecture })
  const loader = join(system, LOADERS[kind][architecture])
  if (!existsSync(loader)) {
    // A link from the root, which is another one here.
    const target = readlinkSync(loader)
    rmSync(loader)
    symlinkSync(join(system, target), loader)
  }
  return system
}

/**
 * The file of a C library.
 * @param {Required<Pick<Target, 'architecture' | 'library' | 'kind'>>} target
 * @param {string} cache
 */
export function libraryFile(target, cache) {
  const system = systemOf(target, cache)
  // The loader of musl is the library.
  if (target.kind === 'musl') return join(system, LOADERS.musl[target.architecture])
  return join(system, `lib/${TRIPLES[target.architecture]}-gnu/libc.so.6`)
}
