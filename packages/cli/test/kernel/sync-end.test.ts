// timeout: 240
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { finish, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const end = suite('the end of sync')

const folder = mkdtempSync(join(tmpdir(), 'rtnl-sync-end-'))
const file = join(folder, 'routes.json')

const routes = (): string[] =>
  JSON.parse(ip('-n s -N -j route show table 100')).map(({ dst }: { readonly dst: string }) => dst)

end.before(() => {
  ip('netns add s')
  ip('-n s link set lo up')
  writeFileSync(
    file,
    JSON.stringify([
      { dst: '20.0.0.0/24', oif: 1 },
      { dst: '20.0.1.0/24', oif: 1 },
    ]),
  )
})

end.after(() => {
  ip('netns delete s')
  rmSync(folder, { recursive: true })
})

/** Keeps the routes of the file and removes them when it is told to end. Resolves when they are in. */
async function controller() {
  const place = ['--netns', 's', '--table', '100', '--protocol', '84', '--file', file]
  const child = start(['sync', 'route', ...place, '--keep', '--on-exit', 'remove'])
  const ended = finish(child)
  let said = ''
  child.stdout?.on('data', (text) => {
    said += text
  })
  await eventually(() => said.includes('keeping them'))
  assert.equal(routes(), ['20.0.0.0/24', '20.0.1.0/24'])
  return { child, ended, pid: child.pid ?? 0 }
}

for (const name of ['SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGINT'] as const) {
  end(`${name} removes`, async () => {
    const { ended, pid } = await controller()
    // Deno takes a process that its own kill() was called for as killed, whatever it made of the signal.
    process.kill(pid, name)
    const { code, signal, stdout, stderr } = await ended
    assert.equal({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
    assert.match(stdout, /^removed 2$/m)
    assert.equal(routes(), [])
  })
}

end('a second signal ends it at once, which is no success', async () => {
  const { ended, pid } = await controller()
  // What is removed is answered in order, and there is nothing else that tells what it is about to do.
  process.kill(pid, 'SIGSTOP')
  process.kill(pid, 'SIGTERM')
  process.kill(pid, 'SIGHUP')
  process.kill(pid, 'SIGCONT')
  const { code, signal } = await ended
  assert.is(signal, null)
  assert.ok(code === 128 + 1 || code === 128 + 15, String(code))
})

end('additively, a signal before everything was written removes what was written, and nothing else', async () => {
  const large = join(folder, 'many.json')
  const count = 60_000
  const dst = (number: number): string => `21.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}/32`
  const entries = Array.from({ length: count }, (_, number) => ({ dst: dst(number), oif: 1, table: 100, protocol: 84 }))
  writeFileSync(large, JSON.stringify(entries))
  ip('-n s route add 21.0.0.5/32 dev lo table 100 proto 84 scope link')
  ip('-n s route add 30.0.0.0/24 dev lo table 100 proto 84')
  const before = routes()
  const child = start(['sync', 'route', '--netns', 's', '--file', large, '--additive', '--keep', '--on-exit', 'remove'])
  const ended = finish(child)
  await eventually(() => routes().length > 1000)
  process.kill(child.pid ?? 0, 'SIGINT')
  const { code, stdout, stderr } = await ended
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.match(stdout, /^stopped before all was done$/m)
  const removed = Number(/^removed (\d+)$/m.exec(stdout)?.[1])
  assert.ok(removed >= 1000 && removed < count, `${removed} were removed`)
  assert.equal(routes(), before)
  ip('-n s route flush table 100')
})

end('a reader that goes away removes', async () => {
  const { child, ended } = await controller()
  child.stdout?.destroy()
  ip('-n s route del 20.0.0.0/24 table 100')
  const { code, signal, stderr } = await ended
  assert.equal({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  assert.equal(routes(), [])
})

end.run()
