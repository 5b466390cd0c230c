// timeout: 600
// wants: chromium openssl
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { barriers, Pages, shows } from '../support/browser.ts'
import { finish, rtnl, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'
import { WebServers } from '../support/web-servers.ts'

const access = suite('who may see rtnl web')

const folder = mkdtempSync(join(tmpdir(), 'rtnl-web-'))
const file = (name: string): string => join(folder, name)
const servers = new WebServers()
let pages: Pages

access.before(async () => {
  pages = await Pages.open()
})

access.after.each(() => {
  assert.equal(pages.complaints.splice(0), [])
})

access.after(async () => {
  await pages.close()
  servers.kill()
  rmSync(folder, { recursive: true })
})

access('elsewhere than on loopback it asks for a token, and is not open without', async () => {
  const refused = await rtnl(['web', '--listen', '0.0.0.0:0'])
  assert.equal([refused.code, refused.stdout], [2, ''])
  assert.match(refused.stderr, /^rtnl: 0\.0\.0\.0 can be reached by others: .*--token-file.*--tls-client-ca/)
  writeFileSync(file('short'), 'short\n')
  const short = await rtnl(['web', '--listen', '0.0.0.0:0', '--token-file', file('short')])
  assert.is(short.code, 2)
  assert.match(short.stderr, /short: a token has at least 16 characters/)
  assert.match((await rtnl(['web', '--token-file', file('none')])).stderr, /none: ENOENT/)
  writeFileSync(file('token'), 'a-token-of-good-length\n')
  const { port } = new URL(await servers.serve('--listen', '0.0.0.0:0', '--token-file', file('token')))
  const page = await pages.page()
  await page.goto(`http://127.0.0.1:${port}/`)
  // The browser tells of the answer 401.
  pages.complaints.splice(0)
  assert.equal(await barriers(page), [])
  await page.getByLabel('Token').fill('something-else-of-good-length')
  await page.getByRole('button', { name: 'Open' }).click()
  await shows(page, 'This is not the token.')
  pages.complaints.splice(0)
  await page.getByLabel('Token').fill('a-token-of-good-length')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('heading', { name: 'Tables' }).waitFor()
  await page.context().close()
})

access('with certificates only those who have one of the authority see it', async () => {
  const openssl = (args: string): void => {
    execFileSync('openssl', args.split(' '), { cwd: folder, stdio: 'pipe' })
  }
  const signed = (name: string): void => {
    openssl(`req -newkey rsa:2048 -nodes -keyout ${name}.key -subj /CN=${name} -out ${name}.csr`)
    openssl(`x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out ${name}.pem`)
  }
  openssl('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=authority -days 2 -out ca.pem')
  openssl('req -x509 -newkey rsa:2048 -nodes -keyout other.key -subj /CN=other -days 2 -out other.pem')
  signed('server')
  signed('client')
  const half = await rtnl(['web', '--tls-cert', file('server.pem')])
  assert.equal([half.code, half.stderr], [2, 'rtnl: HTTPS needs both --tls-cert and --tls-key\n'])
  const tls = ['--tls-cert', file('server.pem'), '--tls-key', file('server.key'), '--tls-client-ca', file('ca.pem')]
  const at = await servers.serve('--listen', '0.0.0.0:0', ...tls)
  assert.match(at, /^https:/)
  const { port } = new URL(at)
  const get = (name: string | undefined): Promise<number | string> =>
    new Promise((resolve) => {
      const own =
        name === undefined ? {} : { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) }
      const options = { host: '127.0.0.1', port, path: '/api/tables', ca: readFileSync(file('ca.pem')), ...own }
      request({ ...options, checkServerIdentity: () => undefined }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
        .on('error', ({ message }) => resolve(message))
        .end()
    })
  assert.is(await get('client'), 200)
  assert.type(await get(undefined), 'string')
  assert.type(await get('other'), 'string')
})

access('a signal ends it, also while a page follows changes', async () => {
  const child = start(['web', '--listen', '127.0.0.1:0'])
  const ended = finish(child)
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  await eventually(() => text.endsWith('\n'))
  const page = await pages.view(text.trim(), 'route')
  await shows(page, /routes$/)
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal([code, stderr], [0, ''])
  await shows(page, 'not connected')
  // The browser tells of each attempt.
  pages.complaints.splice(0)
  await page.context().close()
  pages.complaints.splice(0)
})

access.run()
