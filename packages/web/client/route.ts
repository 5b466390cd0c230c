import { useEffect, useState } from 'preact/hooks'

/** Whose tables and pictures are shown. */
export interface Choice {
  readonly space: string | undefined
  /** Whose EVPN: a node of a fleet, and a namespace of it. */
  readonly node: string | undefined
  readonly netns: string | undefined
}

/** What is shown: a page, and of it what the user has chosen. */
export interface Route extends Choice {
  /** The name of a table, `evpn`, or nothing for the overview. */
  readonly page: string
  readonly filter: string
  readonly sort: string | undefined
  readonly vni: number | undefined
}

/** The address of a page, without what is as usual. */
export function hrefOf({ page, space, node, netns, filter, sort, vni }: Partial<Route>): string {
  const query = new URLSearchParams()
  if (space !== undefined && space !== '') query.set('space', space)
  if (node !== undefined) query.set('node', node)
  if (netns) query.set('netns', netns)
  if (filter) query.set('filter', filter)
  if (sort !== undefined) query.set('sort', sort)
  if (vni !== undefined) query.set('vni', String(vni))
  const text = query.toString()
  return `#/${page ?? ''}${text === '' ? '' : `?${text}`}`
}

function read(): Route {
  const [, page = '', text = ''] = /^#\/([^?]*)\??(.*)$/.exec(location.hash) ?? []
  const query = new URLSearchParams(text)
  const vni = query.get('vni')
  return {
    page: decodeURIComponent(page),
    space: query.get('space') ?? undefined,
    node: query.get('node') ?? undefined,
    netns: query.get('netns') ?? undefined,
    filter: query.get('filter') ?? '',
    sort: query.get('sort') ?? undefined,
    vni: vni === null ? undefined : Number(vni),
  }
}

/** The page that the address names. */
export function useRoute(): Route {
  const [route, setRoute] = useState(read)
  useEffect(() => {
    const changed = (): void => setRoute(read())
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  return route
}

/** Goes to another page, or changes what is chosen in this one without another entry in the history. */
export function go(route: Partial<Route>, isSame = false): void {
  if (!isSame) location.hash = hrefOf(route)
  else {
    history.replaceState(null, '', hrefOf(route))
    window.dispatchEvent(new HashChangeEvent('hashchange'))
  }
}
