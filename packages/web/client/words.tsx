import type { JSX } from 'preact'
import type { ChangedRow, ShownChange, ShownRow } from '../src/api.ts'

/** Phrases, with the names of fields less loud than their values. */
export function Words({ words }: { readonly words: readonly string[] }): JSX.Element {
  return (
    <>
      {words.map((phrase, place) => {
        const [, name = '', value = phrase] = /^([a-z_.-]+) (.+)$/i.exec(phrase) ?? []
        return (
          <span key={place} class="phrase">
            {name === '' ? '' : <span class="field">{name} </span>}
            {value}{' '}
          </span>
        )
      })}
    </>
  )
}

export function count(number: number): string {
  return number.toLocaleString('en')
}

/** So many of something: `1 group`, `2 groups`. */
export function countOf(number: number, one: string): string {
  return `${count(number)} ${one}${number === 1 ? '' : 's'}`
}

export function rate(number: number): string {
  return number === 0 ? '0' : number < 10 ? number.toFixed(1) : count(Math.round(number))
}

export function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}

const signs = { added: '+', changed: '~', removed: '−' } as const

/** A change as one line: when, what, and how it was learned. */
export function ChangeLine({ change, table }: { readonly change: ShownChange; readonly table?: string }): JSX.Element {
  const { at, kind, cause, words, was } = change
  const now = new Set(words)
  const before = was?.filter((phrase) => !now.has(phrase)) ?? []
  const times = (change as Partial<ChangedRow>).times ?? 1
  return (
    <li class={`change ${kind}`}>
      <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>
      <span class="sign" role="img" aria-label={kind}>
        {signs[kind]}
      </span>
      {table === undefined ? '' : <span class="table-name">{table}</span>}
      <span class="line">
        <Place row={change as Partial<ShownRow>} />
        <Words words={words} />
        {before.length === 0 ? '' : <span class="was">was {before.join(' ')} </span>}
        {times > 1 ? <span class="was">{times} times </span> : ''}
        <span class="cause">{cause}</span>
      </span>
    </li>
  )
}

/** Where a row is, in the tables of a fleet. */
export function Place({ row: { node, netns } }: { readonly row: Partial<ShownRow> }): JSX.Element | null {
  if (node === undefined && netns === undefined) return null
  return <span class="place">{[node, netns].filter((name) => name !== undefined && name !== '').join(' ')} </span>
}
