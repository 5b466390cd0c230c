import { hostname } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ViewSource } from '../src/source.ts'
import { WebView } from '../src/view.ts'

const access = suite('who may look')

const source: ViewSource = { title: 'nothing', spaces: [] }
const token = 'a-token-of-a-good-length'

/** What the view answers. */
function ask(view: WebView, path: string, options: RequestInit = {}): Promise<Response> {
  const headers = { host: '127.0.0.1:9480', ...(options.headers as Record<string, string>) }
  return Promise.resolve(view.app.request(`http://127.0.0.1:9480${path}`, { ...options, headers }))
}

access('a page of somebody else whose name leads here gets nothing', async () => {
  using view = new WebView(source)
  const status = async (host: string): Promise<number> => (await ask(view, '/api/tables', { headers: { host } })).status
  for (const own of ['127.0.0.1:9480', 'localhost:9480', '[::1]:9480', '192.0.2.7', hostname()]) {
    assert.is(await status(own), 200, own)
  }
  for (const foreign of ['attacker.example', 'localhost.attacker.example:9480', '127.0.0.1.attacker.example', '']) {
    assert.is(await status(foreign), 421, foreign)
  }
})

access('other sites may link to it, and nothing else', async () => {
  using view = new WebView(source)
  const get = (path: string, mode: string): Promise<Response> =>
    ask(view, path, { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode } })
  assert.is((await get('/', 'navigate')).status, 200)
  assert.is((await get('/api/tables', 'cors')).status, 403)
  assert.is((await ask(view, '/api/tables')).headers.get('access-control-allow-origin'), null)
})

access('nothing is written', async () => {
  using view = new WebView(source)
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    assert.is((await ask(view, '/api/tables', { method })).status, 405)
  }
})

access('pages load nothing from elsewhere, and have no script of their own', async () => {
  using view = new WebView(source)
  const page = await ask(view, '/')
  const policy = page.headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(rule), policy)
  }
  assert.not.match(policy, /unsafe|https?:|\*/)
  const text = await page.text()
  assert.not.match(text, /https?:\/\/|\son\w+=|style=|<script(?! type="module" src="client\.js"><\/script>)/)
})

access('with a token only who shows it', async () => {
  using view = new WebView(source, { token })
  const status = async (authorization: string): Promise<number> =>
    (await ask(view, '/api/tables', { headers: { authorization } })).status
  assert.is((await ask(view, '/api/tables')).status, 401)
  for (const wrong of ['Bearer', `Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, `Basic ${token}`, token]) {
    assert.is(await status(wrong), 401, wrong)
  }
  assert.is(await status(`Bearer ${token}`), 200)
  // A browser is shown where to put it; what it then gets is no token.
  const page = await ask(view, '/', { headers: { accept: 'text/html' } })
  assert.is(page.status, 401)
  assert.match(await page.text(), /<input id="token" name="token" type="password"/)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const login = (body: string): Promise<Response> => ask(view, '/login', { method: 'POST', body, headers })
  assert.is((await login('token=wrong')).status, 403)
  const right = await login(`token=${token}`)
  assert.is(right.status, 302)
  const cookie = right.headers.get('set-cookie') ?? ''
  assert.match(cookie, /; HttpOnly/)
  assert.match(cookie, /; SameSite=Strict/)
  assert.not.ok(cookie.includes(token))
  const [session = ''] = cookie.split(';')
  assert.is((await ask(view, '/api/tables', { headers: { cookie: session } })).status, 200)
  assert.is((await ask(view, '/api/tables', { headers: { cookie: `${session}x` } })).status, 401)
})

access('it can be a part of another app', async () => {
  const { Hono } = await import('hono')
  using view = new WebView(source)
  const app = new Hono().get('/status', (context) => context.text('own')).route('/', view.app)
  const get = async (path: string, host: string): Promise<Response> =>
    app.request(`http://localhost${path}`, { headers: { host } })
  // What stands before it is not its business.
  assert.is(await (await get('/status', 'node.example')).text(), 'own')
  assert.is((await get('/api/tables', 'node.example')).status, 421)
  assert.is((await get('/api/tables', 'localhost')).status, 200)
  assert.is((await get('/api/none', 'localhost')).status, 404)
})

access.run()
