import type { JSX } from 'preact'
import type { Overview, TableSummary } from '../src/api.ts'
import { type Choice, hrefOf } from './route.ts'
import { count, rate } from './words.tsx'

type Space = Overview['spaces'][number]

/** A page that can be opened. */
export interface Page {
  readonly name: string
  readonly text: string
  readonly table?: TableSummary
}

/** The collections of EVPN, as the server names their tables. */
const collections = ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices']

const evpnPages: readonly Page[] = [
  { name: 'evpn', text: 'EVPN' },
  ...collections.map((name) => ({ name: `evpn-${name}`, text: `EVPN ${name}` })),
]

export function pagesOf({ tables, evpn }: Space): Page[] {
  return [
    { name: '', text: 'Overview' },
    ...tables.map((table) => ({ name: table.name, text: table.name, table })),
    ...(evpn.length > 0 ? evpnPages : []),
  ]
}

/** What is chosen beside a page that leads to it: of pages of EVPN the namespace of a node, too. */
export function choiceOf(page: string, { space, node, netns }: Choice): Choice {
  return evpnPages.some(({ name }) => name === page)
    ? { space, node, netns }
    : { space, node: undefined, netns: undefined }
}

export function Navigation({
  pages,
  current,
  choice,
}: {
  readonly pages: readonly Page[]
  readonly current: string | undefined
  readonly choice: Choice
}): JSX.Element {
  return (
    <nav aria-label="Tables">
      <ul>
        {pages.map(({ name, text, table }) => (
          <li key={name}>
            <a
              href={hrefOf({ page: name, ...choiceOf(name, choice) })}
              aria-current={(current ?? '') === name ? 'page' : undefined}
            >
              <span>{text}</span>
              {table === undefined ? (
                ''
              ) : (
                <span class="numbers">
                  {table.state === 'live' ? '' : <em>{table.state} </em>}
                  {table.perSecond > 0 ? <span class="rate">{rate(table.perSecond)}/s </span> : ''}
                  {count(table.rows)}
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
