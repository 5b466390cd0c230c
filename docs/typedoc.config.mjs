import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Comment, Converter } from 'typedoc'

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages')
const names = readdirSync(packages).map(
  (folder) => JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8')).name,
)

/**
 * Constants of the kernel's headers stand in objects without what their names have in common, which the words of the object say:
 * `IFLA_*`, or `RTM_*LINK`. What each of them means stands in the header, so that the reference says of it its whole name alone:
 * `IFLA_MTU`. Where the object does not say what the names have in common, or where not all have the same, each needs its own words.
 * @param {import('typedoc').Application} app
 */
function nameConstants(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const { name } = reflection
    if (reflection.hasComment() || !/^[A-Z][A-Z\d_]*$/.test(name)) return
    let statement = context.getSymbolFromReflection(reflection)?.declarations?.[0]
    while (statement?.parent?.parent) statement = statement.parent
    const [words = ''] = statement?.getFullText().split('export') ?? []
    const [pattern, ...others] = words.slice(words.lastIndexOf('/**')).matchAll(/`([A-Z\d_]*)\*([A-Z\d_]*)`/g)
    if (pattern === undefined || others.length > 0) return
    const [, before = '', after = ''] = pattern
    const whole = name.startsWith(before) ? name : before + name
    reflection.comment = new Comment([{ kind: 'code', text: `\`${whole}${after}\`` }])
  })
}

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
  plugin: [nameConstants],
  // All but constructors, whose words are those of their class.
  requiredToBeDocumented: [
    ...['Function', 'Class', 'Interface', 'TypeAlias', 'Variable', 'Enum', 'EnumMember'],
    ...['Method', 'Accessor', 'Property'],
  ],
  // What a declaration of a type asks of another one.
  intentionallyNotDocumented: ['netlink-core/src.Infer.__type.decode', 'netlink-core/src.Infer.__type.read'],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
