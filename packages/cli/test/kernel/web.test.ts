// timeout: 600
// wants: chromium
import process from 'node:process'
import type { Locator, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { barriers, Pages, patience, shows } from '../support/browser.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'
import { eventually } from '../support/watching.ts'
import { WebServers } from '../support/web-servers.ts'

const web = suite('rtnl web in Chromium')

/** With `--deep` so many routes as a router of the Internet has. */
const manyRoutes = process.env.RTNL_TEST_DEEP === '1' ? 1_000_000 : 30_000

const servers = new WebServers()
let pages: Pages
/** The view of the scene, which most tests look at. */
let url: string

web.before(async () => {
  makeScene('a')
  pages = await Pages.open()
  url = await servers.serve('--netns', 'a', '--listen', '127.0.0.1:0')
})

web.after.each(() => {
  assert.equal(pages.complaints.splice(0), [])
})

web.after(async () => {
  await pages.close()
  servers.kill()
})

/** Opens a page of the view, and waits for what it reads. */
const opened = (path = '', options?: Parameters<Pages['page']>[0]): Promise<Page> => pages.view(url, path, options)

const closed = (page: Page): Promise<void> => page.context().close()

const rows = (page: Page): Locator => page.getByRole('grid').getByRole('row')

/** Without spaces twice, and without seconds, which pass. */
const inOneLine = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replace(/expires \d+sec/, 'expires')
    .trim()

/** The texts of the rows that are drawn. */
const drawn = async (page: Page): Promise<string[]> =>
  (await rows(page).locator('.words').allTextContents()).map(inOneLine)

const isFocused = (found: Locator): Promise<boolean> => found.and(found.page().locator(':focus')).isVisible()

/** Waits until the page says how many rows there are. */
async function finds(page: Page, text: string): Promise<void> {
  await eventually(async () => (await page.locator('#found').textContent()) === text)
}

web('has the rows that rtnl show prints, of each table', async () => {
  // High enough for all rows of the scene.
  const page = await opened('', { viewport: { width: 2000, height: 2600 } })
  const { stdout } = await rtnl(['show', 'nosuch'])
  assert.is(stdout, '')
  for (const table of ['link', 'address', 'nexthop', 'route', 'neighbor', 'fdb', 'rule']) {
    const printed = (await rtnl(['show', table, '--netns', 'a'])).stdout.trimEnd().split('\n').map(inOneLine)
    assert.ok(printed.length > 3, table)
    await page.goto(`${url}#/${table}`)
    await page.getByRole('grid', { name: table, exact: true }).waitFor()
    await eventually(async () => (await rows(page).locator('.phrase:first-child').count()) === printed.length)
    assert.equal((await drawn(page)).sort(), printed.sort(), table)
  }
  await closed(page)
})

web('a change is seen at once, with its cause; what it was is said', async () => {
  const page = await opened('nexthop?filter=10.0.0.99')
  await finds(page, '0 nexthops')
  const times: number[] = []
  for (let round = 0; round < 20; round++) {
    const id = 900 + round
    // The page itself looks when the row is there.
    const seen = page.evaluate<number>(`new Promise((resolve) => {
      const look = () => {
        const texts = [...document.querySelectorAll('.row .words')].map((row) => row.textContent)
        if (texts.some((text) => text.includes('id ${id}'))) resolve(performance.timeOrigin + performance.now())
        else requestAnimationFrame(look)
      }
      look()
    })`)
    const began = performance.timeOrigin + performance.now()
    ip(`-n a nexthop add id ${id} via 10.0.0.99 dev v0`)
    times.push((await seen) - began)
  }
  times.sort((one, other) => one - other)
  const middle = times[times.length >> 1]!
  const longest = times.at(-1)!
  console.log(`a change is seen after ${middle.toFixed(0)} ms, at most ${longest.toFixed(0)} ms`)
  assert.ok(middle < 2000, `${times}`)
  ip('-n a nexthop replace id 900 via 10.0.0.98 dev v0')
  const ticker = page.getByRole('list', { name: 'Changes' }).getByRole('listitem')
  await ticker.filter({ hasText: 'was via 10.0.0.99' }).first().waitFor()
  assert.match((await ticker.first().textContent()) ?? '', /id 900 via 10\.0\.0\.98 .*notification/)
  // The kernel says nothing of the nexthops that go with an interface.
  ip('-n a link add d0 type veth peer name d1')
  for (const name of ['d0', 'd1']) ip(`-n a link set ${name} up`)
  ip('-n a nexthop add id 950 dev d0')
  await page.getByLabel('Search').fill('"dev d0"')
  await finds(page, '1 nexthop')
  ip('-n a link del d0')
  await finds(page, '0 nexthops')
  await ticker.filter({ hasText: 'inferred' }).first().waitFor()
  await closed(page)
})

web('search is done by the server, and says what it cannot read', async () => {
  const page = await opened('route')
  const search = page.getByLabel('Search')
  await search.fill('within:10.5.0.0/16')
  await finds(page, '1 route')
  assert.match((await drawn(page))[0] ?? '', /^10\.5\.0\.0\/16 nexthop via 10\.0\.0\.2/)
  assert.match(page.url(), /filter=within/)
  await search.fill('protocol:bgp')
  await eventually(async () => (await drawn(page)).every((row) => row.includes('proto bgp')))
  pages.complaints.splice(0)
  await search.fill('within:nowhere')
  await shows(page, "within: 'nowhere' is not a prefix")
  // The browser tells of each answer that is an error.
  pages.complaints.splice(0)
  await closed(page)
})

web('is used by the keyboard alone', async () => {
  const page = await opened('nexthop')
  await shows(page, /nexthops/)
  await page.keyboard.press('/')
  assert.ok(await isFocused(page.getByLabel('Search')))
  await page.keyboard.type('"id 10"')
  await eventually(async () => (await drawn(page)).every((row) => row.startsWith('id 10')))
  await page.getByLabel('Search').fill('')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  const grid = page.getByRole('grid')
  assert.ok(await isFocused(grid))
  const active = async (): Promise<string> =>
    (await page.locator('.row[aria-selected=true]').textContent())?.replaceAll(/\s+/g, ' ') ?? ''
  await eventually(async () => (await active()).startsWith('id 1 via'))
  await page.keyboard.press('ArrowDown')
  assert.match(await active(), /^id 6 via fd00::2/)
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  // What refers to a nexthop object: a group, and a route.
  const panel = page.getByRole('complementary')
  await panel.getByRole('heading', { name: 'id 1', exact: true }).waitFor()
  await panel.getByRole('region', { name: 'Referred to by: route' }).getByText('10.15.0.0/16').waitFor()
  await panel.getByRole('region', { name: 'Referred to by: nexthop' }).getByText('id 10').waitFor()
  ip('-n a nexthop replace id 1 via 10.0.0.3 dev v0')
  await panel.getByRole('listitem').filter({ hasText: 'was via 10.0.0.2' }).waitFor()
  ip('-n a nexthop replace id 1 via 10.0.0.2 dev v0')
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  assert.ok(await isFocused(grid))
  await page.keyboard.press(']')
  await page.getByRole('grid', { name: 'vlan' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await closed(page)
})

web('the overview counts, and EVPN is a picture in which what fails is seen', async () => {
  const page = await opened('')
  await page.getByRole('img', { name: /^Changes a second/ }).waitFor()
  ip('-n a route add 10.200.0.0/16 via 10.0.0.2')
  ip('-n a route del 10.200.0.0/16')
  await page.getByRole('listitem').filter({ hasText: 'removed' }).or(page.getByLabel('removed')).first().waitFor()
  await page.goto(`${url}#/evpn?vni=42`)
  const picture = page.getByRole('group', { name: /^VNI 42/ })
  await picture.getByRole('link', { name: /^group 101\s+1 MAC/ }).waitFor()
  assert.is(await picture.locator('.failing').count(), 0)
  ip('-n a nexthop replace id 100 via 2001:db8::50 fdb')
  await picture.getByText('nexthop 100: family').waitFor({ timeout: patience })
  await page.getByRole('navigation', { name: 'VNIs' }).getByText('failing').waitFor()
  ip('-n a nexthop replace id 100 via 10.0.0.50 fdb')
  await picture.getByText('nexthop 100: family').waitFor({ state: 'detached', timeout: patience })
  await picture.getByRole('link', { name: /^group 101/ }).click()
  await page.getByRole('grid', { name: 'EVPN fdb' }).waitFor()
  await eventually(async () => (await drawn(page)).some((row) => row.includes('02:00:00:00:01:06')))
  await closed(page)
})

for (const [name, options] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'a phone': { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
} as const)) {
  web(`${name}: nothing keeps people from using it`, async () => {
    const page = await opened('', options)
    const grounds = { light: 'rgb(255, 255, 255)', dark: 'rgb(17, 20, 24)' }
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    assert.is(ground, grounds[options.colorScheme])
    for (const path of ['', 'route', 'link', 'evpn?vni=42', 'evpn-groups']) {
      await page.goto(`${url}#/${path}`)
      await page.locator('main h2').first().waitFor()
      await page.locator('main .row .phrase, main svg, main canvas').first().waitFor()
      if (path === 'route') {
        await rows(page).first().click()
        await page.getByRole('complementary').getByText('As JSON').waitFor()
      }
      assert.equal(await barriers(page), [], path)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      assert.ok(wide <= 0, `${path} is ${wide} pixels too wide`)
    }
    await closed(page)
  })
}

web(`${manyRoutes} routes are scrolled through`, async () => {
  const octets = (place: number): string => `${place >> 16}.${(place >> 8) & 255}.${place & 255}`
  const host = (place: number): string => `100.${octets(place)}`
  ipBatch(
    'a',
    Array.from({ length: manyRoutes }, (_, place) => `route add ${host(place)}/32 via 10.0.0.2 dev v0 proto 77`),
  )
  const page = await opened('route?sort=name')
  const began = performance.now()
  await eventually(async () => {
    const text = (await page.locator('#found').textContent()) ?? ''
    return text.endsWith(' routes') && Number(text.replaceAll(/\D/g, '')) >= manyRoutes
  })
  console.log(`${manyRoutes} routes are in the order of their names after ${Math.round(performance.now() - began)} ms`)
  const filtered = performance.now()
  await page.getByLabel('Search').fill('protocol:77')
  await finds(page, `${manyRoutes.toLocaleString('en')} routes`)
  console.log(`and found by their protocol after ${Math.round(performance.now() - filtered)} ms`)
  const grid = page.getByRole('grid')
  const first = async (): Promise<number> => Number(await rows(page).first().getAttribute('aria-rowindex')) - 1
  /** Waits until the rows that are seen are there, and are the right ones. */
  const isRight = async (): Promise<void> => {
    await eventually(async () => (await drawn(page)).every((row) => row !== '…'))
    const from = await first()
    const lines = await drawn(page)
    assert.ok(lines.length > 10 && lines.length < 60, `${lines.length} rows are drawn`)
    assert.equal(
      lines,
      lines.map((_, place) => `${host(from + place)} via 10.0.0.2 dev v0 proto 77`),
    )
  }
  await isRight()
  // With the bar.
  const waits: number[] = []
  for (const share of [0.25, 0.5, 0.9, 0.1]) {
    const before = performance.now()
    await page.evaluate(`{
      const grid = document.querySelector('.grid')
      grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * ${share}
    }`)
    await eventually(async () => Math.abs((await first()) - manyRoutes * share) < manyRoutes / 100)
    await isRight()
    waits.push(performance.now() - before)
  }
  console.log(`a place far away is there after ${waits.map((wait) => Math.round(wait)).join(', ')} ms`)
  // With the wheel, a few rows.
  const before = await first()
  await grid.hover()
  await page.mouse.wheel(0, 280)
  await eventually(async () => (await first()) === before + 10)
  await isRight()
  // With keys, to both ends.
  await grid.focus()
  await page.keyboard.press('End')
  await eventually(async () => (await drawn(page)).at(-1)?.startsWith(`${host(manyRoutes - 1)} `) === true)
  await isRight()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Home')
  await eventually(async () => (await first()) === 0)
  await isRight()
  // It is live there, too.
  ip('-n a route del 100.0.0.0/32')
  await eventually(async () => (await drawn(page))[0]?.startsWith('100.0.0.1 ') === true)
  ipBatch(
    'a',
    Array.from({ length: 100 }, (_, place) => `route del ${host(1 + place)}/32`),
  )
  await finds(page, `${(manyRoutes - 101).toLocaleString('en')} routes`)
  await closed(page)
})

web.run()
