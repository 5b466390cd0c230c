import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Overview } from '../src/api.ts'
import { EvpnPage } from './evpn.tsx'
import { Keys } from './keys.tsx'
import { choiceOf, Navigation, pagesOf } from './navigation.tsx'
import { NodeChoice } from './node-choice.tsx'
import { OverviewPage } from './overview.tsx'
import { go, useRoute } from './route.ts'
import { address, useAnswer } from './server.ts'
import { TablePage } from './table.tsx'

/** Everything: the tables on the one side, the page on the other. */
export function App(): JSX.Element {
  const route = useRoute()
  const [isHelping, setHelping] = useState(false)
  const { answer, error } = useAnswer<Overview>(address('tables'), 1000)
  const space = answer?.spaces.find(({ name }) => name === (route.space ?? '')) ?? answer?.spaces[0]
  const pages = space === undefined ? [] : pagesOf(space)
  const page = pages.find(({ name }) => name === route.page)

  useEffect(() => {
    document.title = [page?.text ?? 'Overview', answer?.title, 'rtnl'].filter(Boolean).join(' · ')
  }, [page?.text, answer?.title])

  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      const step = event.key === ']' ? 1 : event.key === '[' ? -1 : 0
      if (event.key === '?') setHelping(true)
      else if (event.key === '/') document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
      else if (step !== 0 && pages.length > 0) {
        const at = pages.findIndex(({ name }) => name === route.page)
        const { name = '' } = pages[(at + step + pages.length) % pages.length] ?? {}
        go({ page: name, ...choiceOf(name, route) })
      } else return
      event.preventDefault()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  })

  if (answer === undefined) return <p role="status">{error ?? 'Connecting'}</p>
  return (
    <>
      <header class="top">
        <h1>
          rtnl <span class="title">{answer.title}</span>
        </h1>
        {answer.spaces.length < 2 ? (
          ''
        ) : (
          <label>
            Namespace{' '}
            <select
              value={space?.name ?? ''}
              onChange={(event) => go({ page: route.page, space: event.currentTarget.value })}
            >
              {answer.spaces.map(({ name }) => (
                <option key={name} value={name}>
                  {name === '' ? 'its own' : name}
                </option>
              ))}
            </select>
          </label>
        )}
        {page?.name.startsWith('evpn') ? <NodeChoice places={space?.evpn ?? []} route={route} /> : ''}
        <span class={error === undefined ? 'state' : 'state failing'} role="status">
          {error ?? 'connected'}
        </span>
        <button type="button" class="quiet" onClick={() => setHelping(true)} aria-keyshortcuts="?">
          Keys
        </button>
      </header>
      <Navigation pages={pages} current={page?.name} choice={route} />
      <main id="main">
        {space === undefined ? (
          <p>Nothing is followed.</p>
        ) : page === undefined || page.name === '' ? (
          <OverviewPage space={space} nodes={answer.nodes} />
        ) : page.name === 'evpn' ? (
          <EvpnPage choice={{ ...route, space: space.name }} vni={route.vni} nodes={answer.nodes} />
        ) : (
          <TablePage
            key={`${space.name} ${page.name} ${route.node} ${route.netns}`}
            page={page}
            route={{ ...route, space: space.name }}
          />
        )}
      </main>
      {isHelping ? <Keys close={() => setHelping(false)} /> : ''}
    </>
  )
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement
}
