import type { JSX } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { ChangedRow, ChangesMessage, TableWindow } from '../src/api.ts'
import { Grid, type RecentChange } from './grid.tsx'
import { choiceOf, type Page } from './navigation.tsx'
import { type Choice, go, type Route } from './route.ts'
import { RowPanel } from './row-panel.tsx'
import { address, ask, useChanges } from './server.ts'
import { ChangeLine, count } from './words.tsx'

/** Rows that are asked for beside those that are seen. */
const around = 60
/** Milliseconds between two keys after which somebody has ended typing. */
const typing = 150
/** Milliseconds for which a row that changed is marked. */
const marked = 3000
/** Milliseconds after which a large table is asked again that is still being looked through. */
const again = 200
/** The most changes that are listed. */
const listed = 100
/** Up to so many rows are in the order of their names, unless somebody wants another: that has to look at each. */
const namedRows = 20_000

const orders = [
  ['name', 'by name'],
  ['table', "as the kernel's"],
  ['latest', 'last changed first'],
] as const

/** The rows of a table, live. */
export function TablePage({ page, route }: { readonly page: Page; readonly route: Route }): JSX.Element {
  const { name, text, table } = page
  const { filter } = route
  const choice = choiceOf(name, route)
  const [usual] = useState(() => (table === undefined || table.rows <= namedRows ? 'name' : 'table'))
  const sort = route.sort ?? usual
  const [typed, setTyped] = useState(filter)
  const [opened, setOpened] = useState<{ readonly key: string; readonly id: number } | undefined>()
  const [changes, setChanges] = useState<readonly ChangedRow[]>([])
  const { loaded, error, want, refresh } = useWindow(name, choice, filter, sort)
  const { recent, mark } = useRecent()
  const [version, setVersion] = useState(0)

  useEffect(() => setTyped(filter), [filter])
  useEffect(() => {
    if (typed === filter) return
    const timer = window.setTimeout(() => go({ ...route, page: name, filter: typed }, true), typing)
    return () => window.clearTimeout(timer)
  }, [typed, filter, route, name])

  const isConnected = useChanges(address('changes', { ...choice, table: name }), ({ rows }: ChangesMessage) => {
    if (rows.length === 0) return
    refresh()
    mark(rows)
    setChanges((before) => [...[...rows].reverse(), ...before].slice(0, listed))
    setVersion((before) => before + 1)
  })

  const noun = table?.nouns[loaded?.total === 1 ? 0 : 1] ?? 'entries'
  return (
    <div class={opened === undefined ? 'table-page' : 'table-page with-panel'}>
      <section class="rows" aria-labelledby="table-title">
        <div class="bar">
          <h2 id="table-title">{text}</h2>
          <label class="search">
            <span class="hidden">Search</span>
            <input
              type="search"
              value={typed}
              placeholder={['words', ...(table?.filters.map((value) => `${value}:…`) ?? [])].join('  ')}
              aria-keyshortcuts="/"
              aria-invalid={error !== undefined}
              aria-describedby="found"
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <label>
            <span class="hidden">Order</span>
            <select
              value={sort}
              onChange={(event) => go({ ...route, page: name, sort: event.currentTarget.value }, true)}
            >
              {orders.map(([order, about]) => (
                <option key={order} value={order}>
                  {about}
                </option>
              ))}
            </select>
          </label>
          <span id="found" role="status" class={error === undefined ? 'aside' : 'failing'}>
            {error ?? (loaded === undefined ? 'Reading' : `${count(loaded.total)} ${noun}`)}
            {loaded?.isComplete === false ? ', looking for more' : ''}
            {isConnected ? '' : ', not connected'}
          </span>
        </div>
        <Grid name={text} window={loaded} recent={recent} want={want} open={({ key, id }) => setOpened({ key, id })} />
        <details class="ticker" open>
          <summary>Changes</summary>
          <ol class="changes" aria-label="Changes" tabIndex={0}>
            {changes.map((change) => (
              <ChangeLine key={`${change.at} ${change.key} ${change.kind}`} change={change} />
            ))}
          </ol>
        </details>
      </section>
      {opened === undefined ? (
        ''
      ) : (
        <RowPanel
          key={opened.key}
          table={name}
          choice={choice}
          row={opened}
          version={version}
          close={() => {
            setOpened(undefined)
            document.querySelector<HTMLElement>('.grid')?.focus()
          }}
        />
      )}
    </div>
  )
}

/** The part of a table that is seen, asked for again when it changes: one question at a time. */
function useWindow(
  name: string,
  { space, node, netns }: Choice,
  filter: string,
  sort: string,
): {
  readonly loaded: TableWindow | undefined
  readonly error: string | undefined
  want(from: number, to: number): void
  refresh(): void
} {
  const [loaded, setLoaded] = useState<TableWindow | undefined>()
  const [error, setError] = useState<string | undefined>()
  const wanted = useRef({ from: 0, to: 40 })
  const asking = useRef<{ ask(isStale: boolean): void }>({ ask() {} })
  const last = useRef<TableWindow | undefined>(undefined)

  useEffect(() => {
    const stop = new AbortController()
    let isAsking = false
    let isStale = true
    let timer: number | undefined
    const isCovered = (): boolean => {
      const { from, to } = wanted.current
      const { offset, rows, total } = last.current ?? { offset: 0, rows: [], total: 1 }
      return from >= offset && Math.min(to, total) <= offset + rows.length
    }
    const next = async (): Promise<void> => {
      if (isAsking || (!isStale && isCovered())) return
      isAsking = true
      isStale = false
      const offset = Math.max(0, wanted.current.from - around)
      const limit = Math.min(500, wanted.current.to + around - offset)
      try {
        const answer = await ask<TableWindow>(
          address(`tables/${name}`, { space, node, netns, filter, sort, offset, limit }),
          stop.signal,
        )
        last.current = answer
        setLoaded(answer)
        setError(undefined)
        if (!answer.isComplete) {
          isStale = true
          window.clearTimeout(timer)
          timer = window.setTimeout(next, again)
          isAsking = false
          return
        }
      } catch (failure) {
        if (stop.signal.aborted) return
        setError((failure as Error).message)
        isAsking = false
        return
      }
      isAsking = false
      void next()
    }
    asking.current = {
      ask(stale) {
        isStale ||= stale
        void next()
      },
    }
    void next()
    return () => {
      stop.abort()
      window.clearTimeout(timer)
      asking.current = { ask() {} }
    }
  }, [name, space, node, netns, filter, sort])

  const want = useCallback((from: number, to: number) => {
    wanted.current = { from, to }
    asking.current.ask(false)
  }, [])
  const refresh = useCallback(() => asking.current.ask(true), [])
  return { loaded, error, want, refresh }
}

/** The rows that changed a moment ago. */
function useRecent(): { readonly recent: ReadonlyMap<string, RecentChange>; mark(rows: readonly ChangedRow[]): void } {
  const [recent, setRecent] = useState<ReadonlyMap<string, RecentChange & { readonly at: number }>>(new Map())
  useEffect(() => {
    const timer = window.setInterval(() => {
      const oldest = performance.now() - marked
      setRecent((before) => {
        const after = [...before].filter(([, { at }]) => at > oldest)
        return after.length === before.size ? before : new Map(after)
      })
    }, 500)
    return () => window.clearInterval(timer)
  }, [])
  const mark = useCallback((rows: readonly ChangedRow[]) => {
    const at = performance.now()
    setRecent(
      (before) => new Map([...before, ...rows.map(({ key, kind, cause }) => [key, { kind, cause, at }] as const)]),
    )
  }, [])
  return { recent, mark }
}
