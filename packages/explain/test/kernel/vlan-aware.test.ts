// runtimes: node
import { whereThereAre } from '@rtnl/compliance'
import { LinkMessage, LinkTable, linkMessage } from '@rtnl/link'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  assertArrives,
  assertNothingArrives,
  explained,
  makePair,
  outline,
  run,
  runAll,
  stepOf,
  wayOf,
} from '../support/scene.ts'

const bridged = suite('a packet over a bridge with VLANs')

const ownMac = '02:00:00:00:05:01'
const hostMac = '02:00:00:00:05:02'

/** A bridge with the address of VLAN 100 on a VLAN device, of which the lines tell the ports. */
function bridgeLines(...ports: readonly string[]): string[] {
  return [
    `link add name br0 address ${ownMac} type bridge vlan_filtering 1 vlan_default_pvid 0`,
    'link set br0 up',
    'bridge vlan add dev br0 vid 100 self',
    ...ports,
    'link add link br0 name vlan100 type vlan id 100',
    'link set vlan100 up',
    'address add 10.5.0.1/24 dev vlan100',
  ]
}

async function untilNoCarrier(netns: string, name: string): Promise<void> {
  while (!run(`ip -n ${netns} link show ${name}`).includes('NO-CARRIER')) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

whereThereAre(bridged, ['VLANs of bridges', 'VLAN devices'], () => {
  bridged('goes where the bridge has the address in the VLAN of the VLAN device', async () => {
    const far = makePair(
      'aware',
      bridgeLines('link set v0 master br0', 'bridge vlan add dev v0 vid 100', 'bridge vlan add dev v0 vid 200'),
    )
    runAll(far, [
      'link add link p0 name p0.100 type vlan id 100',
      `link set p0.100 address ${hostMac} up`,
      'address add 10.5.0.2/24 dev p0.100',
    ])
    assertArrives('aware', far, '10.5.0.2')
    const there = await explained('aware', '10.5.0.2')
    assert.equal(outline(there).slice(-5), [
      'interface next',
      'neighbor next',
      'interface next',
      'fdb next',
      'port delivered',
    ])
    assert.equal([stepOf(there, 'fdb').entry?.lladdr, stepOf(there, 'fdb').entry?.vlan], [hostMac, 100])
    const shown: { mac: string; vlan?: number; ifname: string }[] = JSON.parse(
      run('bridge -n aware -j fdb show br br0'),
    )
    assert.is(shown.find(({ mac, vlan }) => mac === hostMac && vlan === 100)?.ifname, 'v0')
    assert.equal(await wayOf('aware', '10.5.0.2'), [
      'vlan100 takes the packet',
      'vlan100 gives the frame VLAN 100 and hands it to br0',
      'the frame leaves by v0',
    ])

    // The bridge has the address in another VLAN only: it is unknown in this one, and no port takes it.
    runAll('aware', ['neigh replace 10.5.0.2 lladdr 02:00:00:00:05:02 dev vlan100', 'bridge vlan del dev v0 vid 100'])
    runAll('aware', [`bridge fdb add ${hostMac} dev v0 master static vlan 200`])
    const nowhere = await explained('aware', '10.5.0.2')
    assert.equal(outline(nowhere).at(-1), 'fdb stops')
    assert.equal(
      stepOf(nowhere, 'fdb').legs.map(({ unusable }) => unusable),
      ['v0 is not in VLAN 100'],
    )
    assertNothingArrives('aware', far, '10.5.0.2')
    runAll('aware', ['bridge vlan add dev v0 vid 100'])
    assert.equal(outline(await explained('aware', '10.5.0.2')).at(-1), 'port delivered')
    assertArrives('aware', far, '10.5.0.2')

    runAll('aware', ['bridge vlan del dev br0 vid 100 self'])
    const closed = await explained('aware', '10.5.0.2')
    assert.is(closed.text, 'br0 itself is not in VLAN 100: the frame is dropped')
    assertNothingArrives('aware', far, '10.5.0.2')
  })

  bridged('goes by the backup of a port without carrier, to the nexthop group of the port', async () => {
    const far = makePair('backup', [
      'link add q0 type veth peer name q1 netns backup-far',
      ...bridgeLines(
        'link set q0 master br0 up',
        'bridge vlan add dev q0 vid 100 pvid untagged',
        'link add name vx0 type vxlan external local 10.0.0.1 dstport 4789 nolearning',
        'link set vx0 master br0 up',
        'bridge link set dev vx0 vlan_tunnel on',
        'bridge vlan add dev vx0 vid 100',
        'bridge vlan add dev vx0 vid 100 tunnel_info id 10',
        'bridge link set dev q0 backup_port vx0',
      ),
      `neigh replace 10.5.0.2 lladdr ${hostMac} dev vlan100`,
      `bridge fdb add ${hostMac} dev q0 master static vlan 100`,
      // What the vxlan itself would do.
      `bridge fdb add ${hostMac} dev vx0 self static dst 10.0.0.77 src_vni 10`,
      'neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
      'neigh replace 10.0.0.77 lladdr 02:00:00:00:00:77 dev v0',
      'nexthop add id 1 via 10.0.0.2 fdb',
      'nexthop add id 10 group 1 fdb',
    ])
    // The host is behind the port, and behind the endpoint that stands in for it.
    run('ip netns add backup-host')
    runAll(far, ['link set q1 netns backup-host'])
    runAll('backup-host', [`link set q1 address ${hostMac} up`, 'address add 10.5.0.2/24 dev q1'])
    runAll(far, [
      `link add name vx10 address ${hostMac} type vxlan id 10 local 10.0.0.2 dstport 4789 nolearning`,
      'link set vx10 up',
      'address add 10.5.0.2/24 dev vx10',
      `neigh replace 10.5.0.1 lladdr ${ownMac} dev vx10`,
      `bridge fdb add ${ownMac} dev vx10 self static dst 10.0.0.1`,
    ])
    assertArrives('backup', 'backup-host', '10.5.0.2')
    assert.equal((await wayOf('backup', '10.5.0.2')).at(-1), 'the frame leaves by q0')

    runAll('backup-host', ['link set q1 down'])
    await untilNoCarrier('backup', 'q0')
    const alone = await explained('backup', '10.5.0.2')
    assert.is(stepOf(alone, 'vtep').remote?.ip, '10.0.0.77')
    assertNothingArrives('backup', far, '10.5.0.2')

    await using links = await LinkTable.open({ netns: 'backup' })
    const ifindex = links.ifindex('q0')!
    // Newer iproute2 sets this with "backup_nhid".
    const entry = { ifindex, slaveKind: 'bridge', bridgePort: { backupNhid: 10 } } as const
    const request = { message: linkMessage, type: LinkMessage.NEW, entry, operation: 'set backup_nhid' }
    await links.notifier.connection.request(request)
    await links.waitForSync()
    const grouped = await explained('backup', '10.5.0.2')
    if (links.get({ ifindex })?.bridgePort?.backupNhid === undefined) {
      // Linux before 6.6 takes the request and keeps nothing of it.
      assert.equal(outline(grouped), outline(alone))
      return
    }
    assert.ok(outline(grouped).includes('nexthop next'))
    assert.is(stepOf(grouped, 'vtep').remote?.ip, '10.0.0.2')
    assert.equal(
      [grouped.outcome, (await wayOf('backup', '10.5.0.2')).slice(2, 4)],
      ['delivered', ['q0 has no carrier: what it is given is dropped; vx0 is its backup', 'vx0 is a vxlan of VNI 10']],
    )
    assertArrives('backup', far, '10.5.0.2')
  })

  whereThereAre(bridged, ['bonds'], () => {
    bridged('goes out of a bond that is a port, with or without its VLAN', async () => {
      const far = makePair('trunk', [
        'link set v0 down',
        'link add name bond0 type bond mode active-backup miimon 20',
        'link set v0 master bond0',
        'link set bond0 up',
        ...bridgeLines('link set bond0 master br0', 'bridge vlan add dev bond0 vid 100'),
      ])
      runAll(far, [
        'link add link p0 name p0.100 type vlan id 100',
        `link set p0.100 address ${hostMac} up`,
        'address add 10.5.0.2/24 dev p0.100',
      ])
      while (!run('ip -n trunk link show bond0').includes('LOWER_UP')) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      assertArrives('trunk', far, '10.5.0.2')
      assert.equal((await wayOf('trunk', '10.5.0.2')).slice(2), [
        'the frame is handed to bond0',
        'bond0 hands the frame to v0, its port in use',
        'the frame leaves by v0 in VLAN 100',
      ])
      runAll('trunk', ['bridge vlan add dev bond0 vid 100 untagged'])
      assert.equal((await wayOf('trunk', '10.5.0.2')).at(-1), 'the frame leaves by v0')
      assertNothingArrives('trunk', far, '10.5.0.2')
    })
  })
})

bridged.run()
