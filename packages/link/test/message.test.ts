import { type Link, linkMessage } from '@rtnl/link'
import { Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const links = suite('link messages')

const base = { family: 0, type: 1, ifindex: 5, flags: 0x11043 }

function written(entry: Partial<Link>): Writer {
  const writer = new Writer()
  linkMessage.encode(writer, entry)
  return writer
}

const entries: readonly Partial<Link>[] = [
  { ...base, ifname: 'v0', altnames: ['uplink', 'the other one'], kind: 'veth', mtu: 1500, carrier: 1, operstate: 6 },
  {
    ...base,
    kind: 'vxlan',
    vxlan: { id: 16777215, local: '192.0.2.1', group: '2001:db8::1', port: 4789, learning: 0 },
  },
  { ...base, kind: 'vrf', vrf: { table: 100 } },
  { ...base, kind: 'macvlan', link: 3, macvlan: { mode: 4 } },
  { ...base, kind: 'bridge', bridge: { ageingTime: 30000, stpState: 0, vlanFiltering: 1, vlanProtocol: 0x88a8 } },
  {
    ...base,
    kind: 'vxlan',
    vxlan: { id: 0, port: 4790, gbp: true, collectMetadata: 1, vnifilter: 1 },
    slaveKind: 'bridge',
    bridgePort: { state: 3, priority: 32, cost: 2, learning: 0, mcastNGroups: 4, neighSuppress: 1, backupNhid: 7 },
  },
  { ...base, kind: 'vlan', vlan: { id: 4095, flags: 1, protocol: 0x88a8 } },
  {
    ...base,
    kind: 'bond',
    bond: {
      mode: 4,
      miimon: 100,
      xmitHashPolicy: 1,
      adLacpRate: 1,
      adInfo: { aggregator: 1, numPorts: 2, actorKey: 9, partnerKey: 1, partnerMac: '02:00:00:00:00:01' },
    },
  },
  { ...base, slaveKind: 'bond', bondSlave: { state: 1, miiStatus: 2, linkFailureCount: 9, queueId: 3 } },
  { ...base, kind: 'something else', slaveKind: 'yet another' },
  { ...base, kind: 'something else' },
]

for (const entry of entries) {
  links(`decode to what was encoded: ${entry.kind}`, () => {
    const writer = written(entry)
    assert.equal(linkMessage.decode(writer.view, 0, writer.length), entry)
  })
}

links('refuse what does not fit, by its place', () => {
  const cases: readonly [Partial<Link>, RegExp][] = [
    [{ ...base, altnames: ['a', ''] }, /link\.altnames\[1\]/],
    [{ ...base, kind: 'vxlan', vxlan: { id: -1 } }, /link\.kind\.vxlan\.id/],
    [{ ...base, kind: 'vrf', vxlan: { id: 1 } }, /link\.vxlan: needs kind vxlan/],
    [{ ...base, slaveKind: 'bond', bridgePort: { cost: 1 } }, /link\.bridgePort: needs slaveKind bridge/],
    [{ ...base, slaveKind: 'bridge', bridgePort: { cost: -1 } }, /link\.slaveKind\.bridgePort\.cost/],
    [{ ...base, kind: 'bridge', bond: { mode: 1 } }, /link\.bond: needs kind bond/],
    [{ ...base, ifname: 'sixteen-letters-' }, /link\.ifname/],
  ]
  for (const [entry, problem] of cases) assert.throws(() => written(entry), problem)
})

links('what counts up by itself is no difference', () => {
  const slave = { ...base, slaveKind: 'bond', bondSlave: { state: 0, linkFailureCount: 9 } }
  const writer = written(slave)
  assert.equal(linkMessage.set.read(writer.view, 0, writer.length, undefined, false), {
    ...slave,
    bondSlave: { state: 0 },
  })
})

links('a kind cut short is malformed', () => {
  const writer = new Writer()
  writer.zeros(16)
  const info = writer.begin(18, true)
  writer.u16(40)
  writer.u16(1)
  writer.end(info)
  assert.throws(() => linkMessage.decode(writer.view, 0, writer.length), /link\.kind/)
})

links.run()
