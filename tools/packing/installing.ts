import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { describePnpm } from '../lib/pnpm.mjs'
import { type Place, run } from './run.ts'

/** What people install packages with. */
export const installers = ['npm', 'pnpm', 'yarn', 'deno', 'bun'] as const
export type Installer = (typeof installers)[number]

/** A folder with packages installed into it. */
export interface Installation extends Place {
  readonly installer: Installer
}

/** Of what the caller's own package manager tells its scripts nothing is handed on. */
function withoutOwn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = /^(npm_|pnpm_|yarn_|bun_|deno_|berry_|init_cwd$|node_options$|node_path$)/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)))
}

/** The environment of a stranger: the runtimes and package managers of the workspace, and an empty home folder. */
function strangersEnvironment(root: string, home: string): NodeJS.ProcessEnv {
  mkdirSync(home, { recursive: true })
  const bins = [describePnpm(root).bin, join(root, 'node_modules/.bin'), join(root, 'tools/node_modules/.bin')]
  const path = [dirname(process.execPath), ...bins, process.env.PATH].join(delimiter)
  return {
    ...withoutOwn(process.env),
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
    PATH: path,
    CI: '1',
    DENO_DIR: join(home, 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_GLOBAL_FOLDER: join(home, 'yarn'),
  }
}

/** The words that add packages to the project in the current folder. */
function installCommand(installer: Installer, packages: readonly string[]): string[] {
  switch (installer) {
    case 'npm':
      return ['npm', 'install', '--no-audit', '--no-fund', ...packages]
    case 'pnpm':
      return ['pnpm', 'add', ...packages]
    case 'yarn':
      return ['yarn', 'add', ...packages]
    case 'deno':
      return ['deno', 'add', ...packages.map((name) => `npm:${name}`)]
    case 'bun':
      return ['bun', 'add', ...packages]
  }
}

/**
 * The files that a project has before anything is installed: they name the registry. Deno and Yarn would not take what
 * was published less than a day ago.
 */
function settings(installer: Installer, registry: string): Record<string, string> {
  const npmrc = `registry=${registry}\n`
  switch (installer) {
    case 'yarn':
      return {
        'package.json': '{}\n',
        '.yarnrc.yml': `npmRegistryServer: '${registry}'\nunsafeHttpWhitelist: ['127.0.0.1']\nenableImmutableInstalls: false\nnpmMinimalAgeGate: 0\n`,
      }
    case 'deno':
      return { 'deno.json': '{ "minimumDependencyAge": 0 }\n', '.npmrc': npmrc }
    default:
      return { 'package.json': '{}\n', '.npmrc': npmrc }
  }
}

/** Makes a new, empty folder that knows a registry. */
export function prepareFolder(
  root: string,
  folder: string,
  { installer, registry }: { installer: Installer; registry: string },
): Installation {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(settings(installer, registry)))
    writeFileSync(join(folder, name), content)
  const env = strangersEnvironment(root, join(dirname(folder), `home-${installer}`))
  // \`bun x\` works in a folder of its own.
  return { cwd: folder, env: { ...env, BUN_CONFIG_REGISTRY: registry }, installer }
}

/** Installs packages from a registry into a new, empty folder. */
export async function install(
  root: string,
  folder: string,
  { packages, ...options }: { installer: Installer; packages: readonly string[]; registry: string },
): Promise<Installation> {
  const place = prepareFolder(root, folder, options)
  const [command = '', ...args] = installCommand(options.installer, packages)
  await run(command, args, place)
  if (options.installer !== 'yarn') return place
  // How `yarn node` starts Node.js. Yarn itself takes longer to start than what it starts takes.
  const { stdout } = await run('yarn', ['node', '--print', 'process.env.NODE_OPTIONS'], place)
  return { ...place, env: { ...place.env, NODE_OPTIONS: stdout.trim() } }
}

/** The words that run a script of an installation as the users of its installer do; Deno with these permissions. */
export function scriptCommand({ installer }: Installation, script: string, permissions: readonly string[]): string[] {
  switch (installer) {
    case 'npm':
    case 'pnpm':
    case 'yarn':
      return ['node', script]
    case 'deno':
      return ['deno', 'run', '--no-prompt', ...permissions, script]
    case 'bun':
      return ['bun', script]
  }
}

/** The words that run the command of a package without installing it. */
export function onceCommand(installer: Installer, name: string, permissions: readonly string[]): string[] {
  switch (installer) {
    case 'npm':
      return ['npx', '--yes', name]
    case 'pnpm':
      return ['pnpm', 'dlx', name]
    case 'yarn':
      return ['yarn', 'dlx', '--quiet', name]
    case 'deno':
      return ['deno', 'run', '--no-prompt', ...permissions, `npm:${name}`]
    case 'bun':
      return ['bun', 'x', name]
  }
}
