import {
  dumpFdb,
  dumpNeighbors,
  formatNeighbor,
  isLearned,
  type Neighbor,
  NeighborFlag,
  type NeighborNotification,
  NeighborType,
  neighborListener,
} from '@rtnl/neighbor'
import { Connection } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inScene } from '../support/bridge-scene.ts'
import { gather } from '../support/fold.ts'
import { batch, play } from '../support/netns.ts'

const parity = suite('lines of neighbours')

async function learned(batches: AsyncIterable<Neighbor[]>): Promise<string[]> {
  const entries = (await gather(batches)).filter(isLearned)
  return entries.map((entry) => `Neighbor ${formatNeighbor(entry)}`).sort()
}

parity('what is learned: tunnel endpoints', () =>
  inScene(async (netns, { vx }) => {
    await play(netns, [
      'fdb append 00:00:00:00:00:00 dev vx0 dst 42.42.42.3 port 4789 self permanent',
      'fdb append 00:00:00:00:00:00 dev vx0 dst 42.42.42.4 port 4790 self permanent',
    ])
    await using connection = await Connection.open({ netns })
    assert.equal(await learned(dumpFdb(connection, { ifindex: vx })), [
      `Neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:00 dst=42.42.42.3 port=0 nh_id=0`,
      `Neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:00 dst=42.42.42.4 port=4790 nh_id=0`,
      `Neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:02 dst=:: port=0 nh_id=0`,
    ])
  }),
)

parity('what is learned: remote addresses, by endpoint and by nexthop group', () =>
  inScene(async (netns, { vx }) => {
    await play(netns, [
      'nexthop add id 1 via 192.168.1.1 fdb',
      'nexthop add id 10 group 1 fdb',
      'fdb add 00:00:00:00:00:03 dev vx0 dst 42.42.42.3 static extern_learn',
      'fdb add 00:00:00:00:00:04 dev vx0 nhid 10',
    ])
    await using connection = await Connection.open({ netns })
    assert.equal(await learned(dumpFdb(connection, { ifindex: vx })), [
      `Neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:02 dst=:: port=0 nh_id=0`,
      `Neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:03 dst=42.42.42.3 port=0 nh_id=0`,
      `Neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:04 dst=:: port=0 nh_id=10`,
    ])
  }),
)

parity('what is learned: not what is announced, on a port', () =>
  inScene(async (netns, { port }) => {
    await play(netns, [
      'fdb add 00:00:00:00:01:00 dev port0 master static',
      'fdb add 00:00:00:00:02:00 dev port0 master static',
    ])
    await using connection = await Connection.open({ netns })
    const lines = await learned(dumpFdb(connection, { ifindex: port }))
    assert.equal(
      // Its groups come and go with what the kernel has to say on it.
      lines.filter((line) => !/eth=(33:33:ff|01:00:5e:00:00:6a|33:33:00:00:00:(6a|16|02))/.test(line)),
      [
        `Neighbor ifindex=${port} vlan=0 eth=00:00:00:00:00:03 dst=:: port=0 nh_id=0`,
        `Neighbor ifindex=${port} vlan=0 eth=01:00:5e:00:00:01 dst=:: port=0 nh_id=0`,
        `Neighbor ifindex=${port} vlan=0 eth=33:33:00:00:00:01 dst=:: port=0 nh_id=0`,
      ],
    )
  }),
)

parity('what is learned: neighbours of both families, and not what is announced', () =>
  inScene(async (netns, { br }) => {
    await play(netns, [
      'neigh add 10.10.10.10 lladdr 00:00:00:00:10:00 dev br0 extern_learn',
      'neigh add 10::10 lladdr 00:00:00:00:10:00 dev br0 extern_learn',
      'neigh add 20.20.20.20 lladdr 00:00:00:00:20:00 dev br0 nud noarp',
      'neigh add 20::20 lladdr 00:00:00:00:20:00 dev br0 nud noarp',
    ])
    await using connection = await Connection.open({ netns })
    assert.equal(await learned(dumpNeighbors(connection, { family: 2, ifindex: br })), [
      `Neighbor ifindex=${br} vlan=0 eth=00:00:00:00:10:00 dst=10.10.10.10 port=0 nh_id=0`,
    ])
    assert.equal(await learned(dumpNeighbors(connection, { family: 10, ifindex: br })), [
      `Neighbor ifindex=${br} vlan=0 eth=00:00:00:00:10:00 dst=10::10 port=0 nh_id=0`,
    ])
  }),
)

/**
 * What Linux 6.12 tells of each entry that is made or deleted for the interface itself, as of an address of any device;
 * newer ones do only where the device does not tell by itself.
 */
function isToldTwice({ neighbor }: NeighborNotification, vxlan: number): boolean {
  return (
    neighbor.ifindex === vxlan && neighbor.type === NeighborType.UNSPEC && (neighbor.flags & NeighborFlag.SELF) !== 0
  )
}

function line({ kind, neighbor }: NeighborNotification): string {
  return `${kind === 'new' ? 'Add' : 'Delete'} neighbor ${formatNeighbor(neighbor)}`
}

parity('what is told', () =>
  inScene(async (netns, { br, vx, port }) => {
    batch('ip', netns, ['nexthop add id 1 via 192.168.1.1 fdb', 'nexthop add id 10 group 1 fdb'])
    await using notifier = await Notifier.open({ netns })
    const listener = notifier.listen(neighborListener)
    await listener.update(true)
    const check = async (command: string, expected: string[]): Promise<void> => {
      listener.flush()
      await play(netns, [command])
      await notifier.fence()
      const event = listener.take()
      assert.is.not(event?.kind, 'lost')
      const told = event?.kind === 'messages' ? [...event.messages] : []
      assert.equal(told.filter((message) => !isToldTwice(message, vx)).map(line), expected, command)
    }
    const self = `neighbor ifindex=${port} vlan=0 eth=00:00:00:00:00:05 dst=:: port=0 nh_id=0`
    await check('fdb add 00:00:00:00:00:05 dev port0', [`Add ${self}`])
    await check('fdb del 00:00:00:00:00:05 dev port0', [`Delete ${self}`])
    await check('fdb add 00:00:00:00:00:06 dev port0 master static', [])
    await check('fdb del 00:00:00:00:00:06 dev port0 master', [])
    const known = `neighbor ifindex=${br} vlan=0 eth=00:00:00:00:10:00 dst=10.10.10.10 port=0 nh_id=0`
    const failed = `neighbor ifindex=${br} vlan=0 eth=00:00:00:00:00:00 dst=10.10.10.10 port=0 nh_id=0`
    await check('neigh add 10.10.10.10 lladdr 00:00:00:00:10:00 dev br0 extern_learn', [`Add ${known}`])
    await check('neigh del 10.10.10.10 lladdr 00:00:00:00:10:00 dev br0', [`Add ${failed}`, `Delete ${failed}`])
    await check('neigh add 20.20.20.20 lladdr 00:00:00:00:20:00 dev br0 nud noarp', [])
    await check('neigh add 10::10 lladdr 00:00:00:00:10:00 dev br0 extern_learn', [
      `Add neighbor ifindex=${br} vlan=0 eth=00:00:00:00:10:00 dst=10::10 port=0 nh_id=0`,
    ])
    const group = `neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:07 dst=:: port=0 nh_id=10`
    await check('fdb add 00:00:00:00:00:07 dev vx0 nhid 10', [`Add ${group}`])
    await check('fdb del 00:00:00:00:00:07 dev vx0 nhid 10', [`Delete ${group}`])
    await check('fdb append 00:00:00:00:00:00 dev vx0 dst 42.42.42.4 port 4790', [
      `Add neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:00 dst=42.42.42.4 port=4790 nh_id=0`,
    ])
    // Nobody announces here what is at a vxlan, so that what is static there is somebody else's.
    await check('fdb add 00:00:00:00:00:08 dev vx0 dst 42.42.42.4 static', [
      `Add neighbor ifindex=${vx} vlan=0 eth=00:00:00:00:00:08 dst=42.42.42.4 port=0 nh_id=0`,
    ])
  }),
)

parity.run()
