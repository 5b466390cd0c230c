// runtimes: node
//
// A call can have as many arguments as the stack takes: some 125,000 with the usual one, and some 22,000 with one of 200 KiB.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inScene } from '../support/bridge-scene.ts'
import { type ManyLearned, manyAddresses } from '../support/many-addresses.ts'
import { batch } from '../support/netns.ts'

const exchange = suite('exchange of many neighbours')

exchange('more are learned than a call can have arguments', () =>
  inScene(async (netns) => {
    batch(
      'bridge',
      netns,
      manyAddresses.map((address) => `fdb add ${address} dev vx0 dst 42.42.42.3 self extern_learn`),
    )
    const child = fileURLToPath(new URL('../support/child-exchange.ts', import.meta.url))
    const told = execFileSync(process.execPath, ['--stack-size=200', ...process.execArgv, child, netns], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    })
    const { areTooMany, lladdrs, vteps }: ManyLearned = JSON.parse(told)
    assert.ok(areTooMany)
    assert.equal(lladdrs.sort(), manyAddresses)
    assert.equal(vteps, [{ dst: '42.42.42.3', port: 4789, vni: 42 }])
  }),
)

exchange.run()
