import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from '../packing/pack.ts'
import { readPrograms } from './programs.ts'

/** What a command of a block `sh` is, and who runs it or what it may name; `says` is undefined where all is well. */
interface Rule {
  readonly pattern: RegExp
  readonly says: (match: RegExpExecArray) => string | undefined
}

const complaint = (isFine: boolean, text: string): string | undefined => (isFine ? undefined : text)

/** The rules for all commands that documents may show. */
function rulesOf(root: string): readonly Rule[] {
  const packages = packageFolders(root)
  const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts
  const programs = new Set(readPrograms(root).map(({ name }) => name))
  const isPackage = (name: string) => complaint(packages.has(name), `there is no package ${name}`)
  const peers = [...packages.values()].flatMap((folder) => {
    const { peerDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return Object.keys(peerDependencies)
  })
  const isInstallable = (name: string) => (peers.includes(name) ? undefined : isPackage(name))
  const isProgram = (file: string) =>
    complaint(
      existsSync(join(root, file)) || programs.has(file.replace(/\.(mjs|ts)$/, '')),
      `${file} is no file and no example`,
    )
  return [
    // tools/test/kernel/documents.test.ts
    { pattern: /^(?:ip|bridge|sysctl|rtnl) ./, says: () => undefined },
    {
      pattern: /^npm install (?:--global )?(@rtnl\/.+)$/,
      says: ([, names = '']) => names.split(/\s+/).map(isInstallable).find(Boolean),
    },
    {
      pattern: /^(?:npx|bunx|deno run --allow-ffi) (?:npm:)?(@rtnl\/[\w-]+)/,
      says: ([, name = '']) => isPackage(name),
    },
    { pattern: /^npm (start|test)$/, says: ([, name = '']) => complaint(name in scripts, `no script ${name}`) },
    {
      pattern: /^npx pnpm@10 (?:--silent )?([\w:]+)/,
      says: ([, name = '']) => complaint(name in scripts, `no script ${name}`),
    },
    {
      pattern: /^(?:npx )?(?:node|bun|deno run)(?: --[\w-]+(?:=\S+)?(?: tsx)?)* ([\w/.-]+\.(?:m?js|ts))/,
      says: ([, file = '']) => isProgram(file),
    },
    // packages/netlink-core/test/native builds the addon of an installed package so.
    { pattern: /^make -C node_modules\/(@rtnl\/netlink-core)\/native$/, says: ([, name = '']) => isPackage(name) },
    // tools/test/published-addon.test.ts
    { pattern: /^bun build --compile main\.ts .*--asset-naming/, says: () => undefined },
    // packages/cli/test/kernel/completion
    { pattern: /^source <\(rtnl completion (?:bash|zsh)\)$/, says: () => undefined },
  ]
}

/** The commands of a block `sh`: without remarks, and with lines that go on in one. */
export function commandsOf(text: string): readonly string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '')
}

/** Makes a function that says what is wrong with a command that stands in a document; undefined where nothing is. */
export function commandJudge(root: string): (command: string) => string | undefined {
  const rules = rulesOf(root)
  return (command) => {
    for (const { pattern, says } of rules) {
      const match = pattern.exec(command)
      if (match !== null) return says(match)
    }
    return 'no test runs such a command'
  }
}
