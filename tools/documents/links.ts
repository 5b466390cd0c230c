import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Document } from './document.ts'

/** Where the sources are published: links of READMEs, which registries show too, begin with it. */
const home = /^https:\/\/github\.com\/rtnl\/rtnl\/(?:blob|tree)\/main\//

/**
 * Where a link leads in the workspace.
 * @param path of the document
 * @returns the path, relative to the root, and the anchor; undefined where it leads elsewhere
 */
function targetOf(href: string, path: string): { readonly path: string; readonly anchor: string } | undefined {
  const [place = '', anchor = ''] = href.split('#')
  if (home.test(place)) return { path: place.replace(home, ''), anchor }
  if (/^[a-z]+:/.test(place)) return undefined
  return { path: place === '' ? path : join(dirname(path), place), anchor }
}

/** What links within the workspace lead to nothing, as texts, and how many there are. */
export function checkLinks(
  root: string,
  documents: readonly Document[],
): { readonly checked: number; readonly dead: readonly string[] } {
  const byPath = new Map(documents.map((document) => [document.path, document]))
  const dead: string[] = []
  let checked = 0
  for (const { path, links } of documents)
    for (const { line, href } of links) {
      // Pages of the reference are made with the site, of which another test follows the links.
      if (href.startsWith('/reference/')) continue
      const target = targetOf(href, path)
      if (target === undefined) continue
      checked++
      const file = join(root, target.path)
      const isThere = !relative(root, file).startsWith('..') && existsSync(file)
      const anchors = byPath.get(target.path.replace(/\/$/, ''))?.anchors
      if (!isThere || (target.anchor !== '' && anchors?.has(target.anchor) !== true))
        dead.push(`${path}:${line}: ${href}`)
    }
  return { checked, dead }
}
