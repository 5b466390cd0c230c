import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NativeBinding } from '../../src/transport/native-binding.ts'
import { compile } from './compile.ts'

/** What the addon made of `inject.cc` has beside the usual. */
export interface FailingBinding extends NativeBinding {
  /**
   * Lets a call of this function of the C library fail, after so many that do not.
   * @param elsewhere calls by the thread of JavaScript do not count
   */
  inject(name: string, after: number, errno: number, elsewhere: boolean): void
  /** Ends that, and tells whether one failed. */
  injected(): boolean
}

const native = fileURLToPath(new URL('../../native/', import.meta.url))
const source = new URL('./inject.cc', import.meta.url)
const { include_dir: include } = createRequire(import.meta.url)('node-api-headers') as { readonly include_dir: string }

/** Of the units of `native/Makefile`. */
const [quick, small] = ['quick.o', 'small.o'].map((name) => join(native, 'build', name)) as [string, string]

/** The functions of the C library that the objects of the addon call, without those of the C++ library and of Node-API. */
export function calledFunctions(): string[] {
  const listed = execFileSync('nm', ['--undefined-only', '--format=posix', quick, small], { encoding: 'utf8' })
  const names = listed.split('\n').flatMap((line) => /^(\S+) U/.exec(line)?.[1] ?? [])
  return [...new Set(names)].filter((name) => !/^_|^napi_/.test(name)).sort()
}

/** The functions that can be told to fail: those that `inject.cc` wraps. */
export const wrappedFunctions: readonly string[] = [
  ...readFileSync(source, 'utf8').matchAll(/^(?:WRAP\([^,]+, |extern "C" int __wrap_)(\w+)/gm),
].map(([, name]) => name ?? '')

/** Links the objects of the addon, which is built, and what makes its calls fail. */
export function buildFailingAddon(folder: string): string {
  const renamed = join(folder, 'small.o')
  const result = join(folder, 'netlink.node')
  execFileSync('objcopy', ['--redefine-sym', 'napi_register_module_v1=addon_register', small, renamed])
  compile(
    [
      ...['-x', 'none', renamed, quick],
      ...['-std=c++17', '-fPIC', '-shared', '-pthread', '-fvisibility=hidden', '-isystem', include],
      ...['-static-libstdc++', '-static-libgcc', '-Wl,--exclude-libs,ALL'],
      ...wrappedFunctions.map((name) => `-Wl,--wrap=${name}`),
      ...['-o', result],
    ],
    readFileSync(source, 'utf8'),
  )
  return result
}
