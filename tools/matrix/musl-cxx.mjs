import { join } from 'node:path'
import { readElf } from '../lib/elf.mjs'
import { once, run } from '../lib/fetch.mjs'

/** Names of the C++ library, by how they begin. */
const CXX_NAME = /^(_Z|__cxa_|__dynamic_cast$|__once_proxy$)/
/** Descriptions of types, which a program that was linked at a fixed place defines itself and fills from the library. */
const TYPE_TABLE = /^_ZTVN10__cxxabiv1/

/**
 * A C++ library for programs on musl, which Debian has none of: made of GCC's static one in the way in which the addon is,
 * with just what one program takes.
 * @param {string} cache
 * @param {{ architecture: 'x64' | 'arm64', compiler: string, program: string, musl: string, root: string }} wanted `musl`: the library
 * @returns {string} the folder of libstdc++.so.6
 */
export function cxxLibraryForMusl(cache, { architecture, compiler, program, musl, root }) {
  return once(join(cache, 'musl-cxx', architecture), (folder) => {
    const given = new Set(
      readElf(musl)
        .symbols.filter(({ defined }) => defined)
        .map(({ name }) => name),
    )
    const names = readElf(program)
      .symbols.filter(({ name, defined }) =>
        defined ? TYPE_TABLE.test(name) : CXX_NAME.test(name) && !given.has(name),
      )
      .map(({ name }) => `-Wl,-u,${name}`)
    const archives = ['stdc++', 'gcc_eh', 'gcc'].map((name) => run(compiler, [`-print-file-name=lib${name}.a`]).trim())
    const sources = ['tools/matrix/musl-cxx.cc', 'packages/netlink-core/native/portable/libc.cc']
    run(compiler, [
      ...['-std=c++17', '-O2', '-fPIC', '-fno-stack-protector', '-U_FORTIFY_SOURCE', '-shared', '-nodefaultlibs'],
      ...['-s', '-Wl,--gc-sections', '-Wl,-soname,libstdc++.so.6', '-o', join(folder, 'libstdc++.so.6')],
      ...sources.map((file) => join(root, file)),
      ...names,
      ...['-Wl,--start-group', ...archives, '-Wl,--end-group'],
    ])
  })
}
