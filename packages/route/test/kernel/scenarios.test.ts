// timeout: 900
import { RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import { assertExact, Fold } from '../support/fold.ts'
import { ip, makeNetns, play, set } from '../support/ip.ts'
import { byNexthops, scenarios, withoutCompatibility } from '../support/scenarios.ts'

const scenario = suite('route scenarios')

scenario.before(() => {
  ip('netns add elsewhere')
})

for (const [number, [name, steps]] of Object.entries({ ...scenarios, ...withoutCompatibility }).entries()) {
  scenario(name, async () => {
    const netns = `scenario${number}`
    await makeNetns(netns)
    const table = await RouteTable.open({ netns })
    try {
      const fold = new Fold(table)
      await play(netns, steps)
      await assertExact(table, fold, netns)
      table.close()
      await fold.done
    } finally {
      table.close()
      ip(`netns del ${netns}`)
    }
  })
}

scenario('what routes show of nexthop objects may be switched off and on', async () => {
  await makeNetns('compatibility')
  await play('compatibility', byNexthops)
  const table = await RouteTable.open({ netns: 'compatibility' })
  try {
    const fold = new Fold(table)
    for (const mode of [0, 1]) {
      await play('compatibility', [set('net.ipv4.nexthop_compat_mode', mode)])
      await assertExact(table, fold, 'compatibility')
    }
  } finally {
    table.close()
  }
})

scenario.run()
