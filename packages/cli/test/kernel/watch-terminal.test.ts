// timeout: 300
// wants: script
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { command, folder, rtnl } from '../support/rtnl.ts'
import { endWatching, eventually, Watching } from '../support/watching.ts'

const terminal = suite('watch on a terminal, and for a while')
const home = mkdtempSync(join(tmpdir(), 'rtnl-terminal-'))

terminal.before(() => {
  ip('netns add a')
  ip('-n a link set lo up')
  ip('-n a link add v0 type veth peer name p0')
  ip('-n a link set v0 up')
  ip('-n a link set p0 up')
  ip('-n a address add 10.0.0.1/24 dev v0')
})
terminal.before.each(() => {
  ip('-n a nexthop flush')
})
terminal.after.each(() => {
  endWatching()
  for (const { child } of onTerminals.splice(0)) child.kill('SIGKILL')
})
terminal.after(() => rmSync(home, { recursive: true }))

let terminals = 0
const onTerminals: OnTerminal[] = []

/** `rtnl watch` on a terminal of its own. */
class OnTerminal {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  readonly #device = join(home, `tty${++terminals}`)
  #screen = ''

  constructor(columns: number, args: readonly string[], env: Record<string, string>) {
    const words = [...command(), 'watch', '--netns', 'a', ...args].map((word) => `'${word}'`).join(' ')
    const line = `stty cols ${columns}; tty > ${this.#device}; exec ${words}`
    this.child = spawn('script', ['-qefc', line, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#screen += chunk
    })
    onTerminals.push(this)
  }

  /** Waits until the lines on the screen are as wanted. */
  async until(wanted: (lines: readonly string[]) => boolean): Promise<void> {
    try {
      await eventually(() => wanted(this.lines))
    } catch (error) {
      throw new Error(`the screen is: ${this.#screen}`, { cause: error })
    }
  }

  get lines(): string[] {
    return this.#screen.split('\r\n').slice(0, -1)
  }

  resize(columns: number): void {
    const device = readFileSync(this.#device, 'utf8').trim()
    spawn('stty', ['-F', device, 'cols', String(columns)])
  }

  async stop(): Promise<void> {
    // The character that Ctrl-C types.
    this.child.stdin?.write('\x03')
    assert.is(await this.ended, 0)
  }
}

terminal('40 columns, no UTF-8, no colours: nothing is wider, and all is there', async () => {
  const args = ['nexthop', '--time', 'none']
  const watching = new OnTerminal(40, args, { LC_ALL: 'C', NO_COLOR: '1' })
  await watching.until(({ length }) => length === 1)
  ip('-n a nexthop add id 1 via 10.0.0.2 dev v0 proto bgp')
  await watching.until(({ length }) => length === 3)
  ip('-n a nexthop replace id 1 via 10.0.0.3 dev v0 proto bgp')
  await watching.until(({ length }) => length === 4)
  watching.resize(60)
  await watching.until(() => {
    ip('-n a nexthop replace id 1 via 10.0.0.4 dev v0 proto bgp')
    ip('-n a nexthop del id 1')
    const isWide = watching.lines.some((line) => line === '- nexthop id 1 via 10.0.0.4 dev v0 scope link proto bgp')
    if (!isWide) ip('-n a nexthop add id 1 via 10.0.0.2 dev v0 proto bgp')
    return isWide
  })
  await watching.stop()
  assert.equal(watching.lines.slice(0, 4), [
    '= nexthop: 0 entries',
    '+ nexthop id 1 via 10.0.0.2 dev v0 scope',
    '    link proto bgp',
    '~ nexthop id 1 via 10.0.0.2 -> 10.0.0.3',
  ])
})

terminal('times, colours and arrows unless told otherwise', async () => {
  const watching = new OnTerminal(200, ['nexthop', '--count', '2'], { LC_ALL: 'C.UTF-8' })
  await watching.until(({ length }) => length === 1)
  ip('-n a nexthop add id 1 via 10.0.0.2 fdb')
  ip('-n a nexthop replace id 1 via 10.0.0.3 fdb')
  assert.is(await watching.ended, 0)
  const time = '\x1b\\[2m\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\x1b\\[22m'
  const [, added = '', changed = ''] = watching.lines
  assert.match(added, new RegExp(`^${time} \x1b\\[32m\\+\x1b\\[39m .*via \x1b\\[35m10\\.0\\.0\\.2\x1b\\[39m`))
  assert.match(
    changed,
    new RegExp(`^${time} \x1b\\[33m~\x1b\\[39m .* via \x1b\\[31m10\\.0\\.0\\.2\x1b.*→.*\x1b\\[32m10\\.0\\.0\\.3`),
  )
  assert.is(watching.lines.length, 3)
})

terminal('what goes on and off again is counted', async () => {
  const watching = new OnTerminal(80, ['nexthop', '--time', 'none'], { NO_COLOR: '1' })
  await watching.until(({ length }) => length === 1)
  for (let round = 0; round < 5; round++) {
    ip('-n a nexthop add id 1 blackhole')
    ip('-n a nexthop del id 1')
  }
  const counted = (): number =>
    watching.lines.reduce((sum, line) => {
      const [, rounds] = /^ {4}the last 2 lines x (\d+) more$/.exec(line) ?? []
      return sum + (rounds === undefined ? (line.startsWith('- nexthop id 1') ? 1 : 0) : Number(rounds))
    }, 0)
  await watching.until(() => counted() === 5)
  await watching.stop()
  assert.ok(watching.lines.length < 11)
})

terminal('a pipe has no times and whole rows, unless told otherwise', async () => {
  for (const [time, before] of [
    [[], /^/],
    [['--time', 'none'], /^/],
    [['--time', 'iso'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /],
    [['--time', 'delta', '--long'], /^ {3}\+\d+\.\d{3} /],
  ] as const) {
    ip('-n a nexthop flush')
    const watching = new Watching(['nexthop', '--netns', 'a', '--count', '2', ...time])
    await watching.until(() => watching.lines.length === 1)
    ip('-n a nexthop add id 1 via 10.0.0.2 fdb')
    ip('-n a nexthop replace id 1 via 10.0.0.3 fdb')
    assert.equal(await watching.ended, { code: 0, signal: null })
    assert.ok(watching.lines.every((line) => before.test(line)))
    assert.equal(
      watching.lines.map((line) => line.replace(before, '')),
      [
        '= nexthop: 0 entries',
        '+ nexthop id 1 via 10.0.0.2 scope link fdb',
        '~ nexthop id 1 via 10.0.0.3 scope link fdb (was id 1 via 10.0.0.2 scope link fdb)',
      ],
    )
  }
})

terminal('--kind, --cause and --count leave of the JSON what they say, byte for byte', async () => {
  ip('-n a nexthop add id 5 blackhole')
  const all = new Watching(['nexthop', '--json', '--netns', 'a'])
  const removed = new Watching(['nexthop', '--json', '--netns', 'a', '--kind', 'removed', '--count', '3'])
  const inferred = new Watching(['nexthop', '--json', '--netns', 'a', '--cause', 'inferred'])
  await Promise.all([all, removed, inferred].map((watching) => watching.count('synced', 1)))
  for (const id of [1, 2, 3]) {
    ip(`-n a nexthop add id ${id} via 10.0.0.${id + 1} dev v0`)
  }
  ip('-n a nexthop del id 5')
  // The kernel says nothing of the nexthops that go with the link.
  ip('-n a link set v0 down')
  assert.equal(await removed.ended, { code: 0, signal: null })
  await Promise.all([all, inferred].map((watching) => watching.count('resync', 1)))
  ip('-n a link set v0 up')
  for (const watching of [all, inferred]) await watching.stop()
  const chosen = (fits: (event: (typeof all.events)[0]) => boolean): string[] =>
    all.lines.filter((line) => fits(JSON.parse(line)))
  assert.equal(removed.lines, chosen(({ event, kind }) => event === 'synced' || kind === 'removed').slice(0, 4))
  assert.equal(
    inferred.lines,
    chosen(({ event, cause }) => event !== 'change' || cause === 'inferred'),
  )
  assert.is(inferred.events.filter(({ kind }) => kind === 'removed').length, 3)
})

terminal('--for ends it after a while', async () => {
  const { code, stdout, stderr } = await rtnl(['watch', 'nexthop', '--netns', 'a', '--for', '1500ms'])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.is(stdout, '= nexthop: 0 entries\n')
})

terminal.run()
