// timeout: 300

import { type StdioOptions, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type ContestedError, keep } from '@rtnl/reconcile'
import { type Route, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../support/ip.ts'
import { consecutive, inNetns, ours, ownership, shownTable, sync } from '../support/owned.ts'

const contested = suite('contests about routes')

contested('somebody who deletes a route all the time comes to be tried less and less', () =>
  inNetns(async (netns) => {
    const [route] = consecutive(1, '10.0.0.9') as [Partial<Route>]
    await using kept = await keep(routeOwner(ownership), [route], { netns })
    const before = kept.requests
    const script = `while true; do ip -n ${netns} route del ${route.dst} table ${ownership.table} 2>/dev/null; sleep 0.01; done`
    const other = spawn('sh', ['-c', script], { stdio: 'ignore' })
    try {
      await until(() => kept.failed.length === 1, 'it is listed')
      const { error } = kept.failed[0]!
      assert.is(error.name, 'ContestedError')
      assert.match((error as ContestedError).opponent, /^(ip \(process \d+\)|another program \(netlink port id \d+\))$/)
      // Five at once, and then after pauses of 0.25, 0.5, 1, 2 seconds.
      await until(() => kept.requests - before >= 8, 'it is tried again')
      const tries = kept.requests
      await delay(1000)
      assert.ok(kept.requests - tries <= 1, `${kept.requests - tries} tries in a second`)
    } finally {
      other.kill('SIGKILL')
    }
    await until(() => ours(shownTable(netns)).length === 1, 'it is there when there is peace')
  }),
)

contested('two programs with one mark and other routes come to rest, and each hears of the other', () =>
  inNetns(async (netns) => {
    const script = new URL('../support/child-keeping.ts', import.meta.url)
    await using kept = await keep(routeOwner(ownership), consecutive(50, '10.0.0.9', 20), { netns })
    const runtime = 'Deno' in globalThis ? ['run', '-A', script.pathname] : [...process.execArgv, script.pathname]
    const other = spawn(process.execPath, [...runtime, netns], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    other.stdout.on('data', (data) => {
      output += String(data)
    })
    try {
      await until(() => kept.waiting.some(({ count }) => count >= 50), 'all are contested')
      assert.match(
        kept.waiting[0]!.cause,
        new RegExp(`\\(process ${other.pid}\\), which undoes what is written here; give each`),
      )
      await until(() => output.includes(`(process ${process.pid})`), 'the other one hears of this one')
      const { requests } = kept
      await delay(3000)
      // Each of 100 routes once or twice at most: pauses have grown to seconds.
      assert.ok(kept.requests - requests <= 400, `${kept.requests - requests} requests in 3 s`)
    } finally {
      other.kill('SIGKILL')
    }
  }),
)

interface Round {
  readonly round: number
  readonly requests: number
  readonly causes: readonly string[]
}

contested('two programs with one mark whose sets change all the time send no more than the changes take', () =>
  inNetns(async (netns) => {
    const script = new URL('../support/child-changing.ts', import.meta.url)
    const runtime = 'Deno' in globalThis ? ['run', '-A', script.pathname] : [...process.execArgv, script.pathname]
    const programs = ['10.0.0.8', '10.0.0.9'].map((gateway) => {
      const stdio: StdioOptions = ['ignore', 'pipe', 'inherit']
      const child = spawn(process.execPath, [...runtime, netns, gateway], { stdio })
      const program = { child, text: '' }
      child.stdout?.on('data', (data) => {
        program.text += String(data)
      })
      return program
    })
    const roundsOf = ({ text }: { readonly text: string }): Round[] =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    try {
      for (const [index, program] of programs.entries()) {
        const opponent = `(process ${programs[1 - index]!.child.pid})`
        const isTold = ({ causes }: Round): boolean => causes.some((cause) => cause.includes(opponent))
        await until(() => roundsOf(program).some(isTold), 'each hears of the other')
        await until(() => roundsOf(program).length >= 12, 'the sets go on changing')
      }
    } finally {
      for (const { child } of programs) child.kill('SIGKILL')
    }
    for (const program of programs) {
      const { round, requests } = roundsOf(program).at(-1)!
      // A round adds 50 routes and removes 50. What the other one undoes is put back five times, and less and less often then.
      assert.ok(requests <= 200 * (round + 5), `${requests} requests in ${round} rounds`)
    }
    const desired = consecutive(50, '10.0.0.7')
    assert.equal((await sync(netns, desired)).failed, [])
    assert.equal((await sync(netns, desired)).changes, 0)
    assert.is(ours(shownTable(netns)).filter(({ gateway }) => gateway === '10.0.0.7').length, 50)
  }),
)

contested.run()
