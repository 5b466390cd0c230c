import { fileURLToPath } from 'node:url'
import { checkAddonFile, explainLoadFailure, fileExists } from './addon-file.ts'
import { isGranted } from './environment.ts'
import { UnsupportedError } from './errors.ts'
import type { NativeBinding } from './transport/native-binding.ts'

// This module lies in `src`, and bundled in `dist` beside it: the same relative paths lead to the addon from both.

/** What the tarball has. Each path is a literal inside `new URL`, so that bundlers see the file and carry it along. */
const prebuilt: Readonly<Record<string, () => URL>> = {
  x64: () => new URL('../prebuilds/linux-x64/netlink.node', import.meta.url),
  arm64: () => new URL('../prebuilds/linux-arm64/netlink.node', import.meta.url),
}

/** What a tarball does not have, so that a bundler must not look for it: `make -C native` builds it. */
const builtHere = 'native/build/netlink.node'

/** Where somebody who bundles this module puts what the tarball has. A bundler must not look for it either. */
const besideBundle = 'prebuilds'

let binding: NativeBinding | undefined

/**
 * The addon, loaded at the first call, so that an import of the package works on every system. The one that was built here
 * is taken before the prebuilt one.
 * @throws {UnsupportedError} with one line that says what is wrong, and what to do
 */
export function loadAddon(): NativeBinding {
  binding ??= load()
  return binding
}

function load(): NativeBinding {
  const { platform, arch } = process
  if (platform !== 'linux') throw new UnsupportedError(`netlink sockets exist on Linux only, this is ${platform}`)
  const build = `make -C ${quoted(locate(() => new URL('../native', import.meta.url)))}`
  const built = locate(() => new URL(`../${builtHere}`, import.meta.url))
  const own = openOptional(built, `run \`${build}\` again`)
  if (own !== undefined) return own
  const url = prebuilt[arch]
  if (url === undefined) {
    throw new UnsupportedError(
      `there is no prebuilt socket addon for linux-${arch}: build it with \`${build}\`, for which make and a C++ compiler are needed`,
    )
  }
  const file = locate(url)
  const remedy = 'install @rtnl/netlink-core again'
  const carried = () => locate(() => new URL(`./${besideBundle}/linux-${arch}/netlink.node`, import.meta.url))
  const found = open(file, remedy) ?? openOptional(carried(), remedy)
  if (found !== undefined) return found
  throw new UnsupportedError(
    `the socket addon ${file} is not there${isGranted({ name: 'read', path: file }) ? '' : ' or not for this machine'}: ${remedy}, build it with \`${build}\`, ` +
      'or put its folder prebuilds beside your bundle',
  )
}

/** A path as a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/** Loads a file; `undefined` if it does not exist, or if this program may not look. */
function openOptional(file: string, remedy: string): NativeBinding | undefined {
  // Without permission to read, as on Deno with --allow-ffi alone, loading the file is the only check whether it exists.
  return isGranted({ name: 'read', path: file }) || isGranted({ name: 'ffi', path: file })
    ? open(file, remedy)
    : undefined
}

/** Loads a file; `undefined` if it is not there. */
function open(file: string, remedy: string): NativeBinding | undefined {
  if (isGranted({ name: 'read', path: file })) {
    if (!fileExists(file)) return undefined
    const problem = checkAddonFile(file)
    if (problem !== undefined) throw new UnsupportedError(`the socket addon ${file} ${problem}: ${remedy}`)
  }
  // Not `require`: on Deno it wants to read the file.
  const module = { exports: {} }
  try {
    process.dlopen(module, file)
  } catch (cause) {
    const reason = explainLoadFailure(file, cause, remedy)
    if (reason === undefined) return undefined
    throw new UnsupportedError(`the socket addon ${file} ${reason}`, { cause })
  }
  return module.exports as NativeBinding
}

function locate(url: () => URL): string {
  try {
    return fileURLToPath(url())
  } catch (cause) {
    throw new UnsupportedError(
      'the socket addon is found by its place beside this module, which is no file here: ' +
        'install @rtnl/netlink-core from the registry, and bundle it as an ES module or not at all (external)',
      { cause },
    )
  }
}
