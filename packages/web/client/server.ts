import { useEffect, useRef, useState } from 'preact/hooks'
import type { ChangesMessage } from '../src/api.ts'

/** What may be asked of the server beside a path; what is left out is not said. */
export type Query = Readonly<Record<string, string | number | undefined>>

/** The address of an answer. */
export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? `api/${path}` : `api/${path}?${new URLSearchParams(given)}`
}

/** What the server says of what it has not, or cannot read. */
class RefusedError extends Error {}

/**
 * Asks the server.
 * @throws {RefusedError} with what the server says @throws {Error} it does not answer
 */
export async function ask<Answer>(url: string, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(url, signal === undefined ? {} : { signal })
  // The session has ended: the page that is loaded then asks for the token.
  if (response.status === 401) location.reload()
  const answer = (await response.json()) as Answer & { readonly error?: string }
  if (!response.ok) throw new RefusedError(answer.error ?? `the server answers ${response.status}`)
  return answer
}

/** What the server answered last, and why it does not. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined
  readonly error: string | undefined
}

/** Asks the server now, and again each `pause` milliseconds while the page is seen. */
export function useAnswer<Answer>(url: string, pause: number): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer> & { readonly url: string }>({
    url,
    answer: undefined,
    error: undefined,
  })
  useEffect(() => {
    const stop = new AbortController()
    let timer: number | undefined
    const next = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const answer = await ask<Answer>(url, stop.signal)
          setAsked({ url, answer, error: undefined })
        } catch (error) {
          if (stop.signal.aborted) return
          // What it has no more is not shown on. While it does not answer, the last answer is.
          setAsked((last) => ({
            url,
            answer: error instanceof RefusedError || last.url !== url ? undefined : last.answer,
            error: (error as Error).message,
          }))
        }
      }
      if (!stop.signal.aborted) timer = window.setTimeout(next, pause)
    }
    void next()
    return () => {
      stop.abort()
      window.clearTimeout(timer)
    }
  }, [url, pause])
  return asked.url === url ? asked : { answer: undefined, error: undefined }
}

/** Follows changes. @returns whether the connection stands */
export function useChanges(url: string, changed: (message: ChangesMessage) => void): boolean {
  const [isConnected, setConnected] = useState(false)
  const latest = useRef(changed)
  latest.current = changed
  useEffect(() => {
    const events = new EventSource(url)
    events.addEventListener('open', () => setConnected(true))
    events.addEventListener('error', () => setConnected(false))
    events.addEventListener('changes', (event) => latest.current(JSON.parse(event.data)))
    return () => events.close()
  }, [url])
  return isConnected
}
