import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findCompiler } from './prerequisites.mjs'
import { withSystemFolders } from './system-path.mjs'

/**
 * A home folder that can be written: npm, pnpm and Deno keep their caches in it. Service accounts often have none, and
 * then a folder of the checkout takes its place; where not even that can be written, all stays as it is.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 * @returns {NodeJS.ProcessEnv} the variables to change
 */
function writableHome(env, root) {
  const home = env.HOME ?? homedir()
  const replacement = join(root, '.cache', 'home')
  try {
    accessSync(home, constants.W_OK)
    return { HOME: home }
  } catch {
    // Another folder takes its place.
  }
  try {
    mkdirSync(replacement, { recursive: true })
  } catch {
    return {}
  }
  const settings = join(home, '.npmrc')
  return {
    HOME: replacement,
    // npm tells its scripts where its cache is: in the home folder, unless somebody chose another place.
    ...(env.npm_config_cache?.startsWith(home) ? { npm_config_cache: join(replacement, '.npm') } : {}),
    ...(env.npm_config_userconfig === undefined && existsSync(settings) ? { npm_config_userconfig: settings } : {}),
  }
}

/**
 * The environment of everything that is started here.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(env, root) {
  const path = withSystemFolders(env.PATH)
  return {
    ...env,
    ...writableHome(env, root),
    PATH: path,
    // make would take g++ where there is only clang++.
    CXX: findCompiler(env, path),
    TURBO_TELEMETRY_DISABLED: '1',
    DENO_NO_UPDATE_CHECK: '1',
  }
}
