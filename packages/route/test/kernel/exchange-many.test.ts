// runtimes: node
//
// A call can have as many arguments as the stack takes: some 125,000 with the usual one, and some 22,000 with one of 200 KiB.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNetns } from '../support/exchanging.ts'
import { ipBatch } from '../support/ip.ts'
import { type ManyExchanged, manyPrefixes } from '../support/many-prefixes.ts'

const exchange = suite('exchange of many routes')

exchange('more are learned, and more are refused, than a call can have arguments', () =>
  inNetns(async (netns) => {
    ipBatch(
      netns,
      manyPrefixes.map((dst) => `route add ${dst} table 1000 via 10.0.0.2 proto 186`),
    )
    const child = fileURLToPath(new URL('../support/child-exchange.ts', import.meta.url))
    const told = execFileSync(process.execPath, ['--stack-size=200', ...process.execArgv, child, netns], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    })
    const { areTooMany, learned, failed, error, left, learnedAgain }: ManyExchanged = JSON.parse(told)
    assert.ok(areTooMany)
    assert.equal(learned.sort(), [...manyPrefixes].sort())
    assert.is(failed, manyPrefixes.length)
    assert.match(error, 'Nexthop has invalid gateway')
    assert.is(left, 0)
    assert.equal(learnedAgain.sort(), learned)
  }),
)

exchange.run()
