import type { JSX } from 'preact'
import type { Activity, Overview, Tallied } from '../src/api.ts'
import { RateChart } from './chart.tsx'
import { hrefOf } from './route.ts'
import { address, useAnswer } from './server.ts'
import { ChangeLine, clock, count, rate } from './words.tsx'

/** What all tables do. */
export function OverviewPage({
  space,
  nodes,
}: {
  readonly space: Overview['spaces'][number]
  readonly nodes: Overview['nodes']
}): JSX.Element {
  const { answer } = useAnswer<Activity>(address('activity', { space: space.name }), 1000)
  if (answer === undefined) return <p role="status">Reading</p>
  return (
    <div class="overview">
      <section aria-labelledby="rates">
        <h2 id="rates">
          Changes a second{' '}
          <span class="aside">
            {rate(answer.perSecond)} now, {count(answer.changes)} in all
          </span>
        </h2>
        <RateChart activity={answer} />
      </section>
      {nodes === undefined ? '' : <Nodes nodes={nodes} />}
      <section aria-labelledby="tables">
        <h2 id="tables">Tables</h2>
        <div class="scrolled" role="region" aria-labelledby="tables" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Table</th>
                <th scope="col">Rows</th>
                <th scope="col">State</th>
                <th scope="col">Changes</th>
                <th scope="col">A second</th>
              </tr>
            </thead>
            <tbody>
              {answer.tables.map(({ name, rows, state, changes, perSecond }) => (
                <tr key={name}>
                  <th scope="row">
                    <a href={hrefOf({ page: name, space: space.name })}>{name}</a>
                  </th>
                  <td>{count(rows)}</td>
                  <td class={state === 'live' ? '' : 'failing'}>{state}</td>
                  <td>{count(changes)}</td>
                  <td>{rate(perSecond)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section aria-labelledby="last">
        <h2 id="last">Last changes</h2>
        {answer.last.length === 0 ? <p>Nothing has changed since the view began.</p> : ''}
        <ol class="changes">
          {answer.last.map((change) => (
            <ChangeLine
              key={`${change.at} ${change.table} ${change.key} ${change.kind}`}
              change={change}
              table={change.table}
            />
          ))}
        </ol>
      </section>
      <section aria-labelledby="most">
        <h2 id="most">What changes most</h2>
        <div class="tallies">
          <Tally title="Interfaces" tallied={answer.interfaces} />
          <Tally title="Prefixes" tallied={answer.prefixes} />
          <Tally title="Protocols" tallied={answer.protocols} />
          <Tally
            title="How changes were learned"
            tallied={Object.entries(answer.causes).flatMap(([name, number]) =>
              number === 0 ? [] : [{ name, count: number }],
            )}
          />
        </div>
      </section>
      <section aria-labelledby="kernel">
        <h2 id="kernel">Read again</h2>
        <p>
          {count(answer.overruns)} times messages were lost; {count(answer.pendingBytes)} bytes wait.
        </p>
        <ul class="plain">
          {answer.resyncs.map(({ at, table, reason, changes }) => (
            <li key={`${at} ${table} ${reason}`}>
              <time dateTime={new Date(at).toISOString()}>{clock(at)}</time> {table}: {reason}, {count(changes)} changes
              found
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function Nodes({ nodes }: { readonly nodes: NonNullable<Overview['nodes']> }): JSX.Element {
  return (
    <section aria-labelledby="nodes">
      <h2 id="nodes">Nodes</h2>
      <ul class="nodes">
        {nodes.map(({ name, state, age }) => (
          <li key={name} class={state === 'live' ? '' : 'failing'}>
            {name}{' '}
            <span class="aside">{state === 'live' ? state : `${state} for ${count(Math.round(age / 1000))} s`}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Tally({ title, tallied }: { readonly title: string; readonly tallied: readonly Tallied[] }): JSX.Element {
  return (
    <div>
      <h3>{title}</h3>
      {tallied.length === 0 ? <p class="aside">none</p> : ''}
      <ol class="plain">
        {tallied.map(({ name, count: number }) => (
          <li key={name}>
            <span>{name}</span> <span class="aside">{count(number)}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
