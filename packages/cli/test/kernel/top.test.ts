// timeout: 600
// wants: tmux
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { bridgeForwardings, ipNeighbors, isAnnounced } from '../support/ip-tables.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'
import { Tmux, type TmuxOptions } from '../support/tmux.ts'
import { eventually } from '../support/watching.ts'

const top = suite('rtnl top on a terminal')

const terminals: Tmux[] = []

function opened(options: Partial<TmuxOptions> = {}): Tmux {
  const terminal = new Tmux({ columns: 100, rows: 34, ...options })
  terminals.push(terminal)
  return terminal
}

/** A terminal on which it runs. */
async function running(options: Partial<TmuxOptions> = {}, ...args: readonly string[]): Promise<Tmux> {
  const terminal = opened(options)
  terminal.rtnl('top', '--netns', 'a', ...args)
  await terminal.until((lines) => lines[0]?.startsWith('rtnl top  netns a') === true)
  return terminal
}

/** What the list of tables says of them: rows and changes. */
function counts(lines: readonly string[]): Map<string, { readonly rows: number; readonly changes: number }> {
  return new Map(
    lines.flatMap((line) => {
      const [, name = '', rows = '', changes = ''] = /^[> ] (\w+) +([\d,]+) +[\d.,]+ +([\d,]+)\b/.exec(line) ?? []
      const number = (text: string): number => Number(text.replaceAll(',', ''))
      return name === '' ? [] : [[name, { rows: number(rows), changes: number(changes) }]]
    }),
  )
}

/** How many entries `ip -j` and `bridge -j` print. */
const listed = (words: string): number => JSON.parse(ip(`-n a -j ${words}`).trim() || '[]').length

/** The lines under a heading, up to the next one. */
function under(lines: readonly string[], heading: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(heading))
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^ {0,2}[A-Z]{2}|^$/.test(line))
  return start < 0 ? [] : rest.slice(0, end < 0 ? undefined : end)
}

top.before(() => makeScene('a'))
top.after.each(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})

top('it has as many rows as ip and bridge print, and counts what happens', async () => {
  const terminal = await running()
  const expected = {
    link: () => listed('link'),
    nexthop: () => listed('nexthop'),
    neighbor: () => ipNeighbors('a').filter(({ dst }) => isAnnounced(String(dst))).length,
    route: () => ['-4', '-6'].reduce((sum, family) => sum + listed(`${family} route show table all`), 0),
    rule: () => ['-4', '-6'].reduce((sum, family) => sum + listed(`${family} rule`), 0),
    fdb: () => bridgeForwardings('a').length,
  }
  const asWanted = (lines: readonly string[]): boolean =>
    Object.entries(expected).every(([name, rows]) => counts(lines).get(name)?.rows === rows())
  const before = counts(await terminal.until(asWanted))
  for (const id of [201, 202, 203]) ip(`-n a nexthop add id ${id} via 10.0.0.${id} dev v0 proto bgp`)
  ip('-n a nexthop replace id 201 via 10.0.0.2 dev v0 proto bgp')
  ip('-n a nexthop del id 203')
  const changes = before.get('nexthop')!.changes + 5
  const after = await terminal.until((lines) => counts(lines).get('nexthop')?.changes === changes)
  assert.is(counts(after).get('nexthop')?.rows, listed('nexthop'))
  assert.ok(
    after.some((line) => /^ +5 v0 +5 bgp$|^ +5 v0 .* 5 bgp/.test(line)),
    after.join('\n'),
  )
  assert.match(
    under(after, 'LAST CHANGES')[0]!,
    /^\d\d:\d\d:\d\d\.\d{3} - nexthop id 203 via 10\.0\.0\.203 dev v0 scope link/,
  )
  ip('-n a nexthop del id 201')
  ip('-n a nexthop del id 202')
  terminal.keys('q')
})

top('silent changes have their cause', async () => {
  const terminal = await running()
  ip('-n a link add w0 type veth peer name w1')
  for (const name of ['w0', 'w1']) ip(`-n a link set ${name} up`)
  for (const id of [301, 302]) ip(`-n a nexthop add id ${id} dev w0`)
  ip('-n a link set w0 down')
  const lines = await terminal.until((seen) => under(seen, 'LAST CAUSES').some((line) => line.includes('nexthop: 2')))
  assert.ok(
    under(lines, 'LAST CAUSES').some((line) =>
      /^\d\d:\d\d:\d\d\.\d{3} nexthop: 2 changes inferred: a link changed$/.test(line),
    ),
  )
  ip('-n a link del w0')
})

top(
  'a table opens, with the rows that ip prints; keys filter, sort and open one with all that refers to it',
  async () => {
    const terminal = await running({}, 'link', 'nexthop', 'route', 'fdb')
    terminal.keys('Down', 'Enter')
    const inOrder = (lines: readonly string[]): string[] =>
      under(lines, '  CHANGES')
        .map((line) => line.slice(20))
        .sort()
    const printed = (): string[] =>
      ip('-n a nexthop')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .sort()
    await terminal.until((lines) => inOrder(lines).join('\n') === printed().join('\n'))
    terminal.keys('/')
    terminal.type('via 10.0.0.50')
    await terminal.until((lines) => inOrder(lines).join('\n') === 'id 100 via 10.0.0.50 scope link fdb')
    terminal.keys('/')
    // All that was typed goes.
    terminal.keys('Escape')
    await terminal.until((lines) => inOrder(lines).length === printed().length)
    terminal.keys('s')
    ip('-n a nexthop replace id 6 via fd00::9 dev v0')
    ip('-n a nexthop replace id 6 via fd00::2 dev v0')
    await terminal.until((lines) => /^. +2 +\d+s +id 6 via fd00::2 dev v0/.test(under(lines, '  CHANGES')[0] ?? ''))
    terminal.keys('Home', 'Enter')
    const open = await terminal.until((lines) => lines.some((line) => line.startsWith('REFERRED TO BY  1 entry')))
    assert.equal(under(open, 'nexthop').slice(0, 3), ['  id 6', '  via fd00::2', '  dev v0'])
    assert.equal(
      under(open, 'HISTORY').map((line) => line.replace(/^[\d:.]+ /, '')),
      ['~ nexthop id 6 via fd00::9 → fd00::2', '~ nexthop id 6 via fd00::2 → fd00::9'],
    )
    // The routes that `ip` finds by the nexthop.
    const routes: { dst: string; nhid?: number }[] = JSON.parse(ip('-n a -j -6 route show table all'))
    const [{ dst } = { dst: '' }, ...others] = routes.filter(({ nhid }) => nhid === 6)
    assert.equal(others, [])
    assert.match(under(open, 'REFERRED')[0]!, new RegExp(`^  route     ${dst} nhid 6 `))
    ip('-n a nexthop replace id 6 via fd00::7 dev v0')
    await terminal.until((lines) => under(lines, 'HISTORY').length === 3)
    ip('-n a nexthop replace id 6 via fd00::2 dev v0')
    terminal.keys('Escape')
    await terminal.until((lines) => lines[5]?.startsWith('  CHANGES') === true)
    terminal.keys('Tab')
    await terminal.until((lines) => /^\d+ routes/.test(lines[4] ?? ''))
    terminal.keys('BTab', 'BTab')
    await terminal.until((lines) => lines[4] === `${listed('link')} links`)
  },
)

top('what is paused stays, and goes on', async () => {
  const terminal = await running()
  terminal.keys('p')
  const held = await terminal.until((lines) => lines[0]?.includes('PAUSED') === true)
  for (let round = 0; round < 20; round++) {
    ip('-n a nexthop add id 400 blackhole')
    ip('-n a nexthop del id 400')
  }
  assert.equal(terminal.screen.slice(1), held.slice(1))
  terminal.keys('p')
  await terminal.until((lines) => (counts(lines).get('nexthop')?.changes ?? 0) >= 40)
})

top('40 columns, no UTF-8, no colours, and another size: readable', async () => {
  const env = { LC_ALL: 'C', NO_COLOR: '1' }
  const terminal = await running({ columns: 40, rows: 24, env })
  ip('-n a nexthop add id 500 via 10.0.0.2 dev v0')
  ip('-n a nexthop replace id 500 via 10.0.0.3 dev v0')
  ip('-n a nexthop del id 500')
  const narrow = await terminal.until((lines) => counts(lines).get('nexthop')?.changes === 3)
  assert.is(counts(narrow).get('nexthop')?.rows, listed('nexthop'))
  assert.ok(/^[\x20-\x7e\n]*$/.test(terminal.painted), terminal.painted)
  assert.is(narrow.at(-1), 'enter open / filter s sort p pause q end')
  for (const [columns, rows] of [
    [120, 40],
    [40, 12],
    [20, 8],
    [100, 30],
  ] as const) {
    terminal.resize(columns, rows)
    // The first line, the chosen table and the keys.
    await terminal.until(
      (seen) =>
        seen.length === rows &&
        seen[0]?.startsWith('rtnl top  netns a') === true &&
        seen.some((line) => line.startsWith('> link')) &&
        /^enter open/.test(seen.at(-1) ?? ''),
    )
  }
  const wide = await terminal.until((lines) => counts(lines).size === 10)
  assert.match(wide.find((line) => line.includes('PREFIXES'))!, /^PREFIXES +INTERFACES +PROTOCOLS$/)
  assert.match(under(wide, 'LAST CHANGES').join('\n'), /~ nexthop id 500 via 10\.0\.0\.2 -> 10\.0\.0\.3/)
})

top('colours and more than ASCII where the terminal has them', async () => {
  const terminal = await running()
  for (let round = 0; round < 3; round++) {
    ip('-n a nexthop add id 600 via 10.0.0.2 dev v0')
    ip('-n a nexthop del id 600')
  }
  const lines = await terminal.until((seen) => counts(seen).get('nexthop')?.changes === 6)
  assert.match(lines.find((line) => line.includes(' nexthop '))!, /[▁▂▃▄▅▆▇█]/)
  assert.ok(terminal.painted.includes('\x1b[32m+'))
})

/** Whether the terminal is as it was before, with what stood there. */
async function isRestored(terminal: Tmux): Promise<string[]> {
  const lines = await terminal.until((seen) => seen.some((line) => line === 'before') && !terminal.state.isOther)
  assert.ok(terminal.state.hasCursor)
  await eventually(() => / icanon/.test(terminal.settings) && / echo /.test(terminal.settings))
  return lines
}

async function withText(): Promise<Tmux> {
  const terminal = opened()
  terminal.type('echo before')
  await terminal.until((lines) => lines.includes('before'))
  terminal.rtnl('top', '--netns', 'a')
  await terminal.until((lines) => lines[0]?.startsWith('rtnl top') === true)
  assert.equal(terminal.state, { isOther: true, hasCursor: false })
  return terminal
}

top('however it ends, the terminal is as it was', async () => {
  for (const [end, code] of [
    [(terminal: Tmux) => terminal.keys('q'), 0],
    [(terminal: Tmux) => terminal.keys('C-c'), 0],
    [(terminal: Tmux) => process.kill(terminal.foreground, 'SIGTERM'), 0],
    [(terminal: Tmux) => process.kill(terminal.foreground, 'SIGINT'), 0],
  ] as const) {
    const terminal = await withText()
    end(terminal)
    await isRestored(terminal)
    terminal.type('echo "code $?"')
    await terminal.until((lines) => lines.some((line) => line.endsWith(`code ${code}`)))
    terminal.close()
  }
})

top('an error stands where it can be read', async () => {
  ip('netns add gone')
  const terminal = opened()
  terminal.type('echo before')
  terminal.rtnl('top', '--netns', 'gone')
  await terminal.until((lines) => lines[0]?.startsWith('rtnl top') === true)
  ip('netns del gone')
  await isRestored(terminal)
  terminal.type('echo "code $?"')
  const lines = await terminal.until((seen) => seen.some((line) => line.endsWith('code 1')))
  assert.ok(
    lines.some((line) => line.startsWith('rtnl: ')),
    lines.join('\n'),
  )
})

top('it can be stopped and goes on, by Ctrl-Z and by SIGTSTP', async () => {
  const terminal = await withText()
  for (const stop of [() => terminal.keys('C-z'), () => process.kill(terminal.foreground, 'SIGTSTP')]) {
    stop()
    await isRestored(terminal)
    await terminal.until((lines) => lines.some((line) => line.includes('Stopped')))
    terminal.type('clear; echo before; fg')
    await terminal.until((lines) => lines[0]?.startsWith('rtnl top') === true && /q end/.test(lines.at(-1) ?? ''))
    assert.equal(terminal.state, { isOther: true, hasCursor: false })
  }
  terminal.keys('Down', 'q')
  await isRestored(terminal)
})

top('without a terminal it says so', async () => {
  const advice = 'rtnl: top needs a terminal that it can draw on; `rtnl watch` writes changes line by line\n'
  assert.equal(await rtnl(['top']), { code: 2, signal: null, stdout: '', stderr: advice })
  const terminal = opened({ columns: 120 })
  terminal.rtnl('top', '--netns', 'a', '|', 'cat')
  await terminal.until((lines) => lines.some((line) => line.endsWith(advice.trim())))
  terminal.type('clear; export TERM=dumb')
  terminal.rtnl('top')
  await terminal.until((lines) => lines.some((line) => line.endsWith(advice.trim())))
})

top.run()
