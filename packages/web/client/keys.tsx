import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

const keys = [
  ['/', 'search in the table'],
  ['↑ ↓', 'another row'],
  ['Page Up, Page Down, Home, End', 'far away in the table'],
  ['Enter', 'open the row: its history, and what refers to it'],
  ['Escape', 'close it'],
  ['[ ]', 'the table before, the next one'],
  ['?', 'these keys'],
] as const

/** Says which keys do what. */
export function Keys({ close }: { close(): void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {keys.map(([key, about]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}
