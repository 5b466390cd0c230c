import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openTable } from '@rtnl/live-table'
import { MulticastGroup } from '@rtnl/netlink-core'
import { type MessageSink, Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ruleDefinition } from './rules.ts'

const origin = suite('who caused a notification')

/** Runs `ip` or `bridge`. The kernel gives its socket the id of its process as port id. */
async function run(command: string, words: string): Promise<number> {
  const child = spawn(command, words.split(' '), { stdio: ['ignore', 'inherit', 'inherit'] })
  assert.equal(await once(child, 'exit'), [0, null])
  return child.pid!
}

/** Message types of `linux/rtnetlink.h`. */
const type = { newRoute: 24, delRoute: 25, newNeigh: 28, delNeigh: 29, newNexthop: 104, delNexthop: 105 }

origin('observers hear of the program that changed a rule', async () => {
  await using table = await openTable(ruleDefinition)
  const heard: [priority: number | undefined, origin: number][] = []
  table.observe((old, next, _cause, portId) => heard.push([(next ?? old)?.priority, portId]))
  const first = await run('ip', 'rule add priority 700 lookup main')
  const second = await run('ip', 'rule del priority 700')
  await table.waitForSync()
  assert.equal(heard, [
    [700, first],
    [700, second],
  ])
  heard.length = 0
  await table.resync()
  assert.equal(heard, [])
})

origin('the kernel tells it of routes, nexthops and new neighbours, and not of forwarding entries', async () => {
  execFileSync('ip', 'link add v0 type veth peer name v1'.split(' '))
  for (const words of ['link set v0 up', 'link set v1 up', 'addr add 10.0.0.1/24 dev v0', 'link add br0 type bridge']) {
    execFileSync('ip', words.split(' '))
  }
  // Where bridges have VLANs, the kernel would make an entry for the default one too.
  execFileSync('ip', 'link set br0 type bridge vlan_default_pvid 0'.split(' '))
  execFileSync('ip', 'link set v1 master br0'.split(' '))
  await using notifier = await Notifier.open()
  const heard: [type: number, portId: number][] = []
  const sink: MessageSink = {
    name: 'everything',
    groups: [MulticastGroup.IPV4_ROUTE, MulticastGroup.NEXTHOP, MulticastGroup.NEIGH],
    types: Object.values(type),
    message: (cursor) => heard.push([cursor.type, cursor.pid]),
    lost: () => {},
    failed: () => {},
  }
  await notifier.attach(sink)
  /** What the kernel tells of a command: types, and whether the command is named. */
  const told = async (command: string, words: string): Promise<[number, 'named' | 'unnamed'][]> => {
    await notifier.fence()
    heard.length = 0
    const portId = await run(command, words)
    await notifier.fence()
    return heard.map(([number, pid]) => {
      assert.ok(pid === portId || pid === 0, `${pid} is neither 0 nor ${portId}`)
      return [number, pid === 0 ? 'unnamed' : 'named']
    })
  }
  assert.equal(await told('ip', 'route add 192.0.2.0/24 via 10.0.0.2'), [[type.newRoute, 'named']])
  assert.equal(await told('ip', 'route del 192.0.2.0/24'), [[type.delRoute, 'named']])
  assert.equal(await told('ip', 'nexthop add id 7 via 10.0.0.2 dev v0'), [[type.newNexthop, 'named']])
  assert.equal(await told('ip', 'nexthop del id 7'), [[type.delNexthop, 'named']])
  const lladdr = '02:00:00:00:00:09'
  const neighbor = `neigh add 10.0.0.9 lladdr ${lladdr} nud permanent dev v0`
  assert.equal(await told('ip', neighbor), [[type.newNeigh, 'named']])
  // The entry is made invalid first, in the name of the program, and then it goes.
  assert.equal(await told('ip', 'neigh del 10.0.0.9 dev v0'), [
    [type.newNeigh, 'named'],
    [type.delNeigh, 'unnamed'],
  ])
  assert.equal(await told('bridge', `fdb add ${lladdr} dev v1 master static`), [[type.newNeigh, 'unnamed']])
  assert.equal(await told('bridge', `fdb del ${lladdr} dev v1 master`), [[type.delNeigh, 'unnamed']])
})

origin.run()
