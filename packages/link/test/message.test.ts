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
  { ...base, kind: 'bridge', bridge: { ageingTime: 30000, stpState: 0, vlanFiltering: 1 } },
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
    [{ ...base, ifname: 'sixteen-letters-' }, /link\.ifname/],
  ]
  for (const [entry, problem] of cases) assert.throws(() => written(entry), problem)
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
