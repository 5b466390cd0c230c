import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'

const docs = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(docs)
const home = 'https://github.com/rtnl/rtnl'

/**
 * Where a link leads on the site. The documents are also read on GitHub: what they name outside of their folder is there.
 * @param page path of the page, relative to the folder of the documents
 */
function onSite(href: string, page: string): string {
  if (/^[a-z]+:|^[#/]/.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const target = join(docs, dirname(page), path)
  if (!relative(docs, target).startsWith('..')) return href
  if (!existsSync(target)) throw new Error(`${page}: ${href} leads nowhere`)
  const kind = /\.\w+$|LICENSE$/.test(path) ? 'blob' : 'tree'
  return `${home}/${kind}/main/${relative(root, target)}${anchor === undefined ? '' : `#${anchor}`}`
}

const page = (text: string, name: string) => ({ text, link: `/${name}` })

const groups = [
  { text: 'Guide', names: ['index', 'primer', 'recipes', 'testing', 'operating', 'adding-a-table', 'glossary'] },
  { text: 'Promises', names: ['exactness', 'performance', 'ownership'] },
  { text: 'Command', names: ['cli', 'top', 'web', 'agent'] },
  { text: 'Tables', names: ['link', 'address', 'nexthop', 'route', 'rule', 'neighbor', 'bridge', 'evpn', 'explain'] },
  { text: 'Fleet', names: ['fleet', 'fleet-scale'] },
  { text: 'Below the tables', names: ['live-table', 'reconcile', 'notifier', 'netlink-core', 'names', 'vec-utils'] },
]
const grouped = groups.flatMap(({ names }) => names)
const others = readdirSync(docs)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.replace('.md', ''))
  .filter((name) => !grouped.includes(name))

/** The title of a page, without what all of a kind have in common. */
function titleOf(name: string): string {
  const [, title = name] = /^# (.+)$/m.exec(readFileSync(join(docs, `${name}.md`), 'utf8')) ?? []
  return title.replace(/^Reference of |^@rtnl\//g, '').replace('@rtnl/', '')
}

export default defineConfig({
  title: 'rtnl',
  description: "The Linux kernel's nexthop, route and neighbour tables as live, exact, incremental data for TypeScript",
  cleanUrls: true,
  // TypeDoc writes the reference beside what VitePress builds; a test follows the links to it in what was built.
  ignoreDeadLinks: [/^\/reference\//],
  markdown: {
    // As GitHub makes them, where the documents are read too.
    anchor: { slugify: (text) => slug(text) },
    config: (markdown) => {
      markdown.core.ruler.push('links-out-of-the-documents', ({ tokens, env }) => {
        for (const { children } of tokens)
          for (const token of children ?? []) {
            const href = token.attrGet('href')
            if (token.type === 'link_open' && href !== null) token.attrSet('href', onSite(href, env.relativePath))
          }
      })
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: home }],
    nav: [
      page('Guide', 'primer'),
      page('Recipes', 'recipes'),
      page('Command', 'cli'),
      { text: 'Reference', link: '/reference/index.html', target: '_self' },
    ],
    sidebar: [...groups, { text: 'More', names: others }].map(({ text, names }) => ({
      text,
      items: [
        ...names.map((name) => page(titleOf(name), name === 'index' ? '' : name)),
        ...(text === 'Promises' ? [{ text: 'Security', link: `${home}/blob/main/SECURITY.md` }] : []),
      ],
    })),
  },
})
