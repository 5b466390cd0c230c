import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ReferringRows, RowDetails } from '../src/api.ts'
import { type Choice, go } from './route.ts'
import { address, ask } from './server.ts'
import { ChangeLine, count, Place, Words } from './words.tsx'

interface RowPanelProps {
  readonly table: string
  readonly choice: Choice
  readonly row: { readonly key: string; readonly id: number }
  /** Another number when something in the table has changed. */
  readonly version: number
  close(): void
}

/** A row with its history, and what refers to it. */
export function RowPanel({ table, choice, row, version, close }: RowPanelProps): JSX.Element {
  const [details, setDetails] = useState<RowDetails | undefined>()
  const [error, setError] = useState<string | undefined>()
  const heading = useRef<HTMLHeadingElement>(null)
  const url = address(`tables/${table}/row`, { ...choice, key: row.key, id: row.id })

  useEffect(() => {
    const stop = new AbortController()
    ask<RowDetails>(url, stop.signal).then(
      (answer) => {
        setDetails(answer)
        setError(undefined)
      },
      (failure) => {
        if (!stop.signal.aborted) setError(failure.message)
      },
    )
    return () => stop.abort()
  }, [url, version])
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])

  return (
    <aside
      class="panel"
      aria-labelledby="panel-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <div class="bar">
        <h2 id="panel-title" ref={heading} tabIndex={-1}>
          {details?.words[0] ?? row.key}
        </h2>
        <button type="button" onClick={close} aria-keyshortcuts="Escape">
          Close
        </button>
      </div>
      {error === undefined ? '' : <p class="failing">{error}</p>}
      {details === undefined ? (
        <p role="status">Reading</p>
      ) : (
        <>
          {details.isGone ? <p class="failing">It is in the table no more.</p> : ''}
          <Place row={details} />
          <ul class="plain mono">
            {details.words.slice(1).map((phrase) => (
              <li key={phrase}>
                <Words words={[phrase]} />
              </li>
            ))}
          </ul>
          <h3>
            History <span class="aside">{count(details.history.length)}</span>
          </h3>
          {details.history.length === 0 ? <p class="aside">It has not changed since the view began.</p> : ''}
          <ol class="changes">
            {details.history.map((change) => (
              <ChangeLine key={`${change.at} ${change.kind} ${change.words.join()}`} change={change} />
            ))}
          </ol>
          <Related title="Refers to" found={details.refersTo} space={choice.space} />
          <Related title="Referred to by" found={details.referredBy} space={choice.space} />
          <h3>As JSON</h3>
          <pre tabIndex={0}>{JSON.stringify(details.entry, null, 2)}</pre>
        </>
      )}
    </aside>
  )
}

function Related({
  title,
  found,
  space,
}: {
  readonly title: string
  readonly found: readonly ReferringRows[]
  readonly space: string | undefined
}): JSX.Element {
  return (
    <>
      <h3>{title}</h3>
      {found.length === 0 ? <p class="aside">nothing</p> : ''}
      {found.map(({ table, count: number, rows }) => (
        <section key={table} aria-label={`${title}: ${table}`}>
          <h4>
            {table} <span class="aside">{count(number)}</span>
          </h4>
          <ul class="plain mono">
            {rows.map((row) => (
              <li key={row.key}>
                <button
                  type="button"
                  class="link"
                  onClick={() => go({ page: table, space, filter: `"${row.words[0] ?? ''}"` })}
                >
                  <Words words={row.words} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
