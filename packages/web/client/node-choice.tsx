import type { JSX } from 'preact'
import type { Overview } from '../src/api.ts'
import { go, type Route } from './route.ts'

/** Chooses the namespace of a node whose EVPN is shown, where there are several. */
export function NodeChoice({
  places,
  route,
}: {
  readonly places: Overview['spaces'][number]['evpn']
  readonly route: Route
}): JSX.Element | null {
  if (places.every(({ node }) => node === undefined)) return null
  const { page, space, node, netns } = route
  const chosen =
    node === undefined ? 0 : places.findIndex((one) => one.node === node && (one.netns ?? '') === (netns ?? ''))
  return (
    <label>
      Node{' '}
      <select value={chosen} onChange={(event) => go({ page, space, ...places[Number(event.currentTarget.value)] })}>
        {chosen < 0 ? <option value={-1}>{textOf({ node, netns })}</option> : ''}
        {places.map((place, index) => (
          <option key={textOf(place)} value={index}>
            {textOf(place)}
          </option>
        ))}
      </select>
    </label>
  )
}

function textOf({
  node = '',
  netns = '',
}: {
  readonly node?: string | undefined
  readonly netns?: string | undefined
}): string {
  return netns === '' ? node : `${node} ${netns}`
}
