import type { JSX } from 'preact'
import type { EvpnOverview, Overview } from '../src/api.ts'
import { EvpnDrawing } from './evpn-drawing.tsx'
import { type Choice, hrefOf } from './route.ts'
import { address, useAnswer } from './server.ts'
import { count, countOf, Words } from './words.tsx'

/** Where the traffic of virtual networks goes. */
export function EvpnPage({
  choice,
  vni,
  nodes,
}: {
  readonly choice: Choice
  readonly vni: number | undefined
  readonly nodes: Overview['nodes']
}): JSX.Element {
  const { space, node, netns } = choice
  const { answer, error } = useAnswer<EvpnOverview>(address('evpn', { space, node, netns, vni }), 1000)
  if (answer === undefined) return <p role="status">{error ?? 'Reading'}</p>
  const { vnis, picture } = answer
  if (picture === undefined) {
    return <p>{vni === undefined ? 'There is no VNI here.' : `There is no VNI ${vni} any more.`}</p>
  }
  return (
    <div class="evpn">
      <nav aria-label="VNIs" class="vnis">
        <ul>
          {vnis.map((one) => (
            <li key={one.vni}>
              <a
                href={hrefOf({ page: 'evpn', space, node, netns, vni: one.vni })}
                aria-current={one.vni === picture.vni ? 'true' : undefined}
              >
                VNI {one.vni}{' '}
                <span class="numbers">
                  {countOf(one.vteps, 'VTEP')}, {countOf(one.groups, 'group')}, {countOf(one.macs, 'MAC')}
                </span>
                {one.failing === 0 ? '' : <em class="failing"> {count(one.failing)} failing</em>}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section aria-labelledby="vni-title">
        <h2 id="vni-title">
          VNI {picture.vni}{' '}
          <span class="aside mono">
            <Words words={picture.words.slice(1)} />
          </span>
        </h2>
        {answer.state === 'live' ? '' : <p class="failing">{whyNotLive(answer, nodes)}</p>}
        <div class="scrolled" role="region" aria-label="Where the traffic goes" tabIndex={0}>
          <EvpnDrawing picture={picture} choice={{ space, node, netns }} />
        </div>
        {picture.vtepsLeft + picture.groupsLeft === 0 ? (
          ''
        ) : (
          <p class="aside">
            Not drawn: {countOf(picture.vtepsLeft, 'VTEP')} and {countOf(picture.groupsLeft, 'group')} with fewer MACs.
          </p>
        )}
        <h3>What leads nowhere, or is not as a speaker means it</h3>
        {picture.troubles.length === 0 ? <p class="aside">nothing</p> : ''}
        <ul class="plain mono troubles">
          {picture.troubles.map(({ text, why, all }) => (
            <li key={`${text} ${why}`}>
              {text} <span class={all ? 'failing' : 'partly'}>{why}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function whyNotLive({ node }: EvpnOverview, nodes: Overview['nodes']): string {
  const known = nodes?.find(({ name }) => name === node)
  if (known === undefined || known.state === 'live') return 'Stale: a part of it is being read again.'
  const since = `${count(Math.round(known.age / 1000))} s`
  return `${known.name} is ${known.state}: it was heard of ${since} ago, and had this.`
}
