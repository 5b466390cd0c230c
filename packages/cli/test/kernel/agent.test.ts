// timeout: 240
// wants: python3 systemd-notify systemd-analyze
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../../../route/test/support/ip.ts'
import { command, finish, folder as packageFolder, rtnl, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const agent = suite('rtnl agent')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-agent-command-'))
const config = join(folder, 'agent.yaml')
const desired = join(folder, 'desired.d')
const state = join(folder, 'state')

agent.before.each(() => {
  mkdirSync(desired, { recursive: true })
  writeFileSync(config, `tables: [link]\ndesired: ${desired}\nstate: ${state}\nlisten: 127.0.0.1:0\n`)
})

agent.after.each(() => rmSync(desired, { recursive: true }))

agent.after(() => rmSync(folder, { recursive: true }))

const set = '{ table: rule, owner: { protocol: 84 }, entries: [{ priority: 500, table: 100 }] }\n'

agent('--check says what is wrong, with its place, and does nothing else', async () => {
  writeFileSync(join(desired, 'ours.yaml'), set)
  assert.equal(await rtnl(['agent', '--config', config, '--check']), {
    code: 0,
    signal: null,
    stdout: 'good: 1 tables, 1 sets of 1 desired entries\n',
    stderr: '',
  })
  writeFileSync(join(desired, 'other.yaml'), 'table: rule\nentries: 5\n')
  const bad = await rtnl(['agent', '--config', config, '--check'])
  assert.is(bad.code, 2)
  assert.match(bad.stderr, /other\.yaml:2:10: entries: a list of entries is wanted/)
  writeFileSync(config, 'tabels: [link]\n')
  const slip = await rtnl(['agent', '--config', config])
  assert.equal([slip.code, slip.stdout], [2, ''])
  assert.match(slip.stderr, /agent\.yaml:1:9: tabels: there is no such setting/)
  assert.match(
    (await rtnl(['agent', '--config', join(folder, 'none.yaml')])).stderr,
    /none\.yaml: there is no such file/,
  )
})

agent('tells systemd when it is ready, lives, reads again and ends; a bad configuration changes nothing', async () => {
  const socket = join(folder, 'notify')
  const listener = spawn('python3', ['-u', '-c', listening, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  listener.stdout.on('data', (text) => {
    told += text
  })
  await eventually(() => existsSync(socket))
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' }
  const child = start(['agent', '--config', config], { env })
  const ended = finish(child)
  // Deno's `child.kill` sends a signal only once.
  const send = (signal: NodeJS.Signals): boolean => process.kill(child.pid ?? 0, signal)
  let printed = ''
  child.stderr?.on('data', (text) => {
    printed += text
  })
  await eventually(() => told.includes('READY=1') && told.includes('WATCHDOG=1'))
  const [, url = ''] = /serving (http:\S+)/.exec(printed) ?? []
  const status = async (): Promise<{ sets: unknown[]; namespaces: { tables: object }[] }> =>
    (await (await fetch(url)).json()) as { sets: unknown[]; namespaces: { tables: object }[] }
  assert.equal(Object.keys((await status()).namespaces[0]?.tables ?? {}), ['link'])
  writeFileSync(config, `tables: [link, rule]\ndesired: ${desired}\nstate: ${state}\nlisten: 127.0.0.1:0\n`)
  send('SIGHUP')
  await eventually(() => printed.includes('rtnl: reloaded'))
  assert.ok(told.includes('RELOADING=1'))
  assert.equal(Object.keys((await status()).namespaces[0]?.tables ?? {}), ['link', 'rule'])
  writeFileSync(config, 'tables: [5]\n')
  send('SIGHUP')
  await eventually(() => printed.includes('agent.yaml:1:10: tables.0: '))
  assert.equal(Object.keys((await status()).namespaces[0]?.tables ?? {}), ['link', 'rule'])
  send('SIGTERM')
  assert.is((await ended).code, 0)
  await eventually(() => told.includes('STOPPING=1'))
  listener.kill()
  await once(listener, 'exit')
})

const unit = readFileSync(new URL('../../../agent/systemd/rtnl.service', import.meta.url), 'utf8')

agent('the unit is one that systemd takes', () => {
  const file = join(folder, 'rtnl.service')
  writeFileSync(file, unit.replace('/usr/bin/rtnl', process.execPath))
  // The manual page is installed with the command.
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  assert.equal([status, stdout, stderr], [0, '', ''])
})

agent('the capabilities of the unit are enough, and each of them is needed', async () => {
  const [, line = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(unit) ?? []
  const capabilities = line.split(' ').map((name) => name.replace('CAP_', '').toLowerCase())
  const netns = `agent${process.pid}`
  ip(`netns add ${netns}`)
  try {
    writeFileSync(join(desired, 'ours.yaml'), set.replace('table: rule', `table: rule, namespaces: [${netns}]`))
    const results: Record<string, unknown> = {}
    for (const without of [undefined, ...capabilities]) {
      const left = capabilities.filter((name) => name !== without)
      const limits = [
        `--bounding-set=-all,${left.map((name) => `+${name}`).join()}`,
        '--inh-caps=-all',
        '--no-new-privs',
      ]
      const [program = '', ...words] = ['setpriv', ...limits, ...command(), 'agent', '--config', config]
      const child = spawn(program, words, { cwd: packageFolder, stdio: ['ignore', 'ignore', 'pipe'] })
      let printed = ''
      child.stderr.on('data', (text) => {
        printed += text
      })
      const exited = once(child, 'exit')
      await eventually(() => /serving (http:\S+)/.test(printed))
      const [, url = ''] = /serving (http:\S+)/.exec(printed) ?? []
      const told = async (): Promise<string> => {
        const { reasons, sets } = (await (await fetch(url)).json()) as { reasons: string[]; sets: { state: string }[] }
        return reasons[0] ?? sets[0]?.state ?? ''
      }
      let last = ''
      for (let tries = 0; tries < 400 && !/kept|EPERM/.test(last); tries++, await delay(50)) last = await told()
      results[without ?? 'all'] = last.replace(/^.*(EPERM).*$/, '$1')
      child.kill()
      await exited
      if (without === undefined) ip(`-n ${netns} rule delete priority 500`)
    }
    assert.equal(results, { all: 'kept', net_admin: 'EPERM', sys_admin: 'EPERM' })
  } finally {
    ip(`netns delete ${netns}`)
  }
})

/** Prints each datagram that comes to a socket. */
const listening = `
import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
while True: print(heard.recv(4096).decode())
`

agent.run()
