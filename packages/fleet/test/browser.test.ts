// wants: nats-server chromium
// runtimes: node
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Publisher } from '@rtnl/fleet'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const browser = suite('in a browser')

/** What the page does: reads until it has seen a change, and tells the test. */
const page = `
import { Fleet } from '@rtnl/fleet/browser'
const { searchParams } = new URL(location.href)
const tell = async (value) => { await fetch('/told', { method: 'POST', body: JSON.stringify(value) }) }
try {
  const fleet = await Fleet.open({ servers: searchParams.get('server'), fleet: 'f' })
  for await (const { event, changes } of fleet.table('item').changes()) {
    if (event === 'change') await tell(changes.map(({ kind, entry }) => [kind, entry]))
  }
} catch (error) {
  await tell(String(error))
}
`

browser('a page reads a fleet by WebSocket, and needs nothing of Node.js and of netlink', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: page, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    ...{ bundle: true, format: 'esm', platform: 'browser', write: false, metafile: true, logLevel: 'silent' },
  })
  const script = outputFiles[0]?.text ?? ''
  assert.equal(
    Object.keys(metafile.inputs).filter((path) => /netlink-core|@nats-io.*transport-node|^node:/.test(path)),
    [],
  )
  assert.is(/["']node:/.test(script), false)

  await using server = await TestServer.start()
  const items = new Items()
  items.set({ name: 'a', value: 1 })
  const stream = { maxBytes: 10_000_000 }
  await using publisher = await Publisher.open({ servers: server.url, fleet: 'f', node: 'n', stream, interval: 200 })
  publisher.publish('', items.table)
  const told: unknown[] = []
  const heard = { call: (): void => {} }
  const site = createServer((request, response) => {
    if (request.method !== 'POST') {
      const isScript = request.url === '/page.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
      return
    }
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      told.push(JSON.parse(text))
      response.end()
      heard.call()
    })
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  const profile = mkdtempSync(join(tmpdir(), 'rtnl-browser-'))
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/?server=${server.webSocket}`
  const words = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
    url,
  ]
  const chromium = spawn('chromium', words, { stdio: 'ignore' })
  const next = async (): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the page says nothing more: ${JSON.stringify(told)}`)), 60_000)
      heard.call = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
  try {
    await next()
    const changed = next()
    items.set({ name: 'a', value: 2 })
    await changed
    const entry = (value: number): object => ({ node: 'n', netns: '', name: 'a', value })
    assert.equal(told, [[['added', entry(1)]], [['changed', entry(2)]]])
  } finally {
    chromium.kill()
    await once(chromium, 'exit')
    site.close()
    site.closeAllConnections()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
})

browser.run()
