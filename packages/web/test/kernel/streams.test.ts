// runtimes: node deno bun
import { findTable } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Overview, TableWindow } from '../../src/api.ts'
import { LocalSource, WebView } from '../../src/index.ts'
import { RowView } from '../../src/rows/row-view.ts'

const streams = suite('clients that come and go')

let source: LocalSource

streams.before(async () => {
  source = await LocalSource.open({ tables: [findTable('rule')] })
})

streams.after(() => source.close())

/** What the view answers. */
async function ask(view: WebView, path: string, options: RequestInit = {}): Promise<Response> {
  return await view.app.request(`http://127.0.0.1${path}`, { ...options, headers: { host: '127.0.0.1' } })
}

const changes = (view: WebView): Promise<Response> => ask(view, '/api/changes')

/** Reads the beginning of a stream, and then waits for what never comes. */
async function waiting(response: Response): Promise<ReadableStreamDefaultReader> {
  assert.is(response.status, 200)
  const reader = response.body!.getReader()
  await reader.read()
  reader.read().catch(() => {})
  return reader
}

streams('256 look at once, and one more when one has gone', async () => {
  using view = new WebView(source)
  const readers: ReadableStreamDefaultReader[] = []
  for (let place = 0; place < 256; place++) readers.push(await waiting(await changes(view)))
  const refused = await changes(view)
  assert.is(refused.status, 503)
  assert.match(await refused.text(), /256 others look already/)
  const others = readers.splice(0, 2)
  await Promise.all(others.map((reader) => reader.cancel()))
  // Both streams still waited for a message.
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (let place = 0; place < 2; place++) readers.push(await waiting(await changes(view)))
  assert.is((await changes(view)).status, 503)
  await Promise.all(readers.map((reader) => reader.cancel()))
})

streams('a HEAD on the stream of changes takes no place of a client', async () => {
  using view = new WebView(source)
  for (let place = 0; place < 300; place++) {
    const head = await ask(view, '/api/changes', { method: 'HEAD' })
    assert.equal([head.status, head.headers.get('content-type')], [200, 'text/event-stream'])
  }
  const reader = await waiting(await changes(view))
  await reader.cancel()
})

streams('a view that is closed ends its streams, and answers that it is closed', async () => {
  const view = new WebView(source)
  const reader = (await changes(view)).body!.getReader()
  await reader.read()
  const rest = reader.read()
  view.close()
  assert.ok((await rest).done)
  for (const path of ['/api/tables', '/api/tables/rule', '/api/changes', '/api/activity']) {
    const answer = await ask(view, path)
    assert.is(answer.status, 503, path)
    assert.equal(await answer.json(), { error: 'the view is closed' })
  }
})

streams('when the tables close, the streams end, and requests are told why', async () => {
  const short = await LocalSource.open({ tables: [findTable('rule')] })
  using view = new WebView(short)
  const reader = (await changes(view)).body!.getReader()
  await reader.read()
  const rest = reader.read()
  short.close()
  assert.ok((await rest).done)
  const { spaces } = (await (await ask(view, '/api/tables')).json()) as Overview
  assert.equal(
    spaces[0]?.tables.map(({ name, state }) => [name, state]),
    [['rule', 'closed']],
  )
  const answer = await ask(view, '/api/tables/rule')
  assert.equal([answer.status, await answer.json()], [503, { error: 'table rule is closed: notifier is closed' }])
  // A page that connects again does not wait for what never comes.
  const again = (await changes(view)).body!.getReader()
  await again.read()
  assert.ok((await again.read()).done)
})

streams('a row view that is closed while it looks through its table is not complete', async () => {
  const [table] = source.spaces[0]!.tables
  const view = new RowView(table!, undefined, 'name')
  const asked = view.window(0, 10)
  view.close()
  assert.is((await asked).isComplete, false)
})

streams('a request that its client gives up prints nothing', async () => {
  using view = new WebView(source)
  const { rows } = (await (await ask(view, '/api/tables/rule')).json()) as TableWindow
  const printed: unknown[] = []
  const { error } = console
  console.error = (...words: unknown[]) => printed.push(words)
  try {
    const path = `/api/tables/rule/row?key=${encodeURIComponent(rows[0]!.key)}`
    await ask(view, path, { signal: AbortSignal.abort() })
  } finally {
    console.error = error
  }
  assert.equal(printed, [])
})

streams.run()
