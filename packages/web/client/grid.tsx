import type { JSX, TargetedEvent, TargetedKeyboardEvent } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { TableWindow } from '../src/api.ts'
import { elementTop, furthest, rowHeight, scrolledTop, scrollHeight } from './virtual-scroll.ts'
import { Place, Words } from './words.tsx'

type Row = TableWindow['rows'][number]

/** How a row changed a moment ago. */
export interface RecentChange {
  readonly kind: string
  readonly cause: string
}

interface GridProps {
  readonly name: string
  readonly window: TableWindow | undefined
  readonly recent: ReadonlyMap<string, RecentChange>
  /** Asks for the rows from one place to another. */
  want(from: number, to: number): void
  open(row: Row): void
}

/** Rows of which only those are drawn that are seen, however many there are. */
export function Grid({ name, window: loaded, recent, want, open }: GridProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(0)
  const [active, setActive] = useState(0)
  const elementAt = useRef(0)
  const total = loaded?.total ?? 0
  const scrolled = { rows: total, height }
  const first = Math.floor(top / rowHeight)
  const seen = Math.ceil(height / rowHeight) + 1

  useEffect(() => {
    const observed = new ResizeObserver(([entry]) => entry && setHeight(entry.contentRect.height))
    if (element.current !== null) observed.observe(element.current)
    return () => observed.disconnect()
  }, [])

  useEffect(() => want(first, first + seen), [first, seen, want])

  const move = (next: number): void => {
    const place = Math.min(furthest(scrolled), Math.max(0, next))
    setTop(place)
    elementAt.current = Math.round(elementTop(place, scrolled))
    if (element.current !== null) element.current.scrollTop = elementAt.current
  }

  // Of fewer rows than there were one cannot be behind the end.
  useLayoutEffect(() => {
    if (loaded !== undefined && top > furthest(scrolled)) move(furthest(scrolled))
    if (loaded !== undefined && active >= total) setActive(Math.max(0, total - 1))
  })

  const scroll = (event: TargetedEvent<HTMLDivElement>): void => {
    const after = event.currentTarget.scrollTop
    if (Math.abs(after - elementAt.current) < 1) return
    const next = scrolledTop(top, elementAt.current, after, scrolled)
    elementAt.current = after
    setTop(next)
  }

  const choose = (row: number): void => {
    const next = Math.min(total - 1, Math.max(0, row))
    setActive(next)
    if (next * rowHeight < top) move(next * rowHeight)
    else if ((next + 1) * rowHeight > top + height) move((next + 1) * rowHeight - height)
  }

  const rowAt = (place: number): Row | undefined => loaded?.rows[place - loaded.offset]

  const press = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const page = Math.max(1, seen - 2)
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1,
    }
    const next = steps[event.key]
    const row = rowAt(active)
    if (next !== undefined) choose(next)
    else if (event.key === 'Enter' && row !== undefined) open(row)
    else return
    event.preventDefault()
  }

  const places = Array.from({ length: Math.min(seen, Math.max(0, total - first)) }, (_, place) => first + place)
  return (
    <div
      ref={element}
      class="grid"
      role="grid"
      aria-label={name}
      aria-rowcount={total}
      aria-activedescendant={total === 0 ? undefined : `row-${active}`}
      tabIndex={0}
      onScroll={scroll}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: `${scrollHeight(scrolled)}px` }}>
        <div class="layer" role="rowgroup" style={{ height: `${height}px`, '--above': `${first * rowHeight - top}px` }}>
          {places.map((place) => {
            const row = rowAt(place)
            const changed = row === undefined ? undefined : recent.get(row.key)
            return (
              <div
                key={place}
                id={`row-${place}`}
                role="row"
                aria-rowindex={place + 1}
                aria-selected={place === active}
                class={`row ${changed?.kind ?? ''}`}
                onClick={() => {
                  setActive(place)
                  if (row !== undefined) open(row)
                }}
              >
                <span role="gridcell" class="words">
                  {row === undefined ? (
                    '…'
                  ) : (
                    <>
                      <Place row={row} />
                      <Words words={row.words} />
                    </>
                  )}
                </span>
                {changed === undefined ? (
                  ''
                ) : (
                  <span role="gridcell" class="cause">
                    {changed.kind}, {changed.cause}
                  </span>
                )}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
