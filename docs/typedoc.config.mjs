import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages')
const names = readdirSync(packages).map(
  (folder) => JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8')).name,
)

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'rtnl',
  entryPoints: ['../packages/*/src/index.ts', '../packages/netlink-core/src/testing/index.ts'],
  tsconfig: 'tsconfig.reference.json',
  out: '.vitepress/dist/reference',
  readme: 'none',
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  packagesRequiringDocumentation: names,
  // Fields of entries and constants have the names of the kernel: what they mean stands in the references.
  requiredToBeDocumented: ['Function', 'Class', 'Interface', 'TypeAlias', 'Variable', 'Method', 'Accessor'],
  // What a declaration of a type asks of another one.
  intentionallyNotDocumented: ['netlink-core/src.Infer.__type.decode', 'netlink-core/src.Infer.__type.read'],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
