import type { JSX } from 'preact'
import type { Overview, TableSummary } from '../src/api.ts'
import { hrefOf } from './route.ts'
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

export function pagesOf({ tables, hasEvpn }: Space): Page[] {
  return [
    { name: '', text: 'Overview' },
    ...tables.map((table) => ({ name: table.name, text: table.name, table })),
    ...(hasEvpn ? [{ name: 'evpn', text: 'EVPN' }] : []),
    ...(hasEvpn ? collections.map((name) => ({ name: `evpn-${name}`, text: `EVPN ${name}` })) : []),
  ]
}

export function Navigation({
  pages,
  current,
  space,
}: {
  readonly pages: readonly Page[]
  readonly current: string | undefined
  readonly space: string | undefined
}): JSX.Element {
  return (
    <nav aria-label="Tables">
      <ul>
        {pages.map(({ name, text, table }) => (
          <li key={name}>
            <a href={hrefOf({ page: name, space })} aria-current={(current ?? '') === name ? 'page' : undefined}>
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
