import type { Link } from '@rtnl/link'
import { fdbOwner, neighborOwner } from '@rtnl/neighbor'
import { type DesiredEntry, type NormalizeContext, unresolvedInterface } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const fields = suite('fields of neighbours and forwarding entries that are to be kept')

const context: NormalizeContext = {
  ifindex: (name) =>
    new Map([
      ['v0', 7],
      ['vx0', 8],
      ['br0', 3],
    ]).get(name) ?? unresolvedInterface,
}
const lladdr = '02:00:00:00:aa:01'
const infiniband = `00:00:00:48${':fe:80'.repeat(8)}`
const vxlan = { ifindex: 8, ifname: 'vx0', kind: 'vxlan', master: 3, vxlan: { id: 10, port: 4789 } } as Link
const external = { ...vxlan, vxlan: { id: 0, port: 4789, collectMetadata: 1 } } as Link
const port = { ifindex: 7, ifname: 'v0', master: 3 } as Link

type Wanted = Record<string, unknown>
const owners = {
  neighbor: neighborOwner({ ifindex: 7 }),
  'neighbor with a protocol': neighborOwner({ ifindex: 7, protocol: 84 }),
  'additive neighbor': neighborOwner({ ifindex: 7, additive: true }),
  'neighbor of a tunnel': neighborOwner({ ifindex: 7, addressLength: 4 }),
  'neighbor of a tunnel over IPv6': neighborOwner({ ifindex: 7, addressLength: 16 }),
  'neighbor of Infiniband': neighborOwner({ ifindex: 7, addressLength: 20 }),
  vxlan: fdbOwner(vxlan),
  'additive vxlan': fdbOwner(vxlan, { additive: true }),
  'external vxlan': fdbOwner(external),
  port: fdbOwner(port),
  'additive port': fdbOwner(port, { additive: true }),
  'port of a vxlan': fdbOwner(vxlan, { master: true }),
} as const
const usual: Readonly<Record<keyof typeof owners, Wanted>> = {
  neighbor: { dst: '10.0.0.2', lladdr },
  'neighbor with a protocol': { dst: '10.0.0.2', lladdr },
  'additive neighbor': { dst: '10.0.0.2', lladdr },
  'neighbor of a tunnel': { dst: '10.0.0.2' },
  'neighbor of a tunnel over IPv6': { dst: '10.0.0.2' },
  'neighbor of Infiniband': { dst: '10.0.0.2' },
  vxlan: { lladdr, dst: '10.0.0.2' },
  'additive vxlan': { lladdr, dst: '10.0.0.2' },
  'external vxlan': { lladdr, dst: '10.0.0.2' },
  port: { lladdr },
  'additive port': { lladdr },
  'port of a vxlan': { lladdr },
}

/** @param entry beside what an entry has to have; `undefined` takes a field away */
function normal(owner: keyof typeof owners, entry: Wanted): unknown {
  return owners[owner].normalize({ ...usual[owner], ...entry } as DesiredEntry<never>, context)
}

const neighbor = { family: 2, ifindex: 7, state: 64, flags: 0, type: 1, dst: '10.0.0.2', lladdr }
const sought = { family: 2, ifindex: 7, state: 0, flags: 0, type: 1, dst: '10.0.0.2', flagsExt: 1 }
const remote = { family: 7, ifindex: 8, state: 66, flags: 2, type: 1, dst: '10.0.0.2', lladdr }
const address = { family: 7, ifindex: 7, state: 64, flags: 0, type: 0, lladdr, master: 3 }

const taken: readonly [owner: keyof typeof owners, entry: Wanted, normal: object][] = [
  ['neighbor', {}, neighbor],
  ['neighbor', { ifindex: 'v0', family: 'inet', type: 1, flagsExt: 0, protocol: 0, state: ['NOARP'] }, neighbor],
  ['neighbor', { dst: 'FD00:0::2', lladdr: '02:00:00:00:AA:01' }, { ...neighbor, family: 10, dst: 'fd00::2' }],
  ['neighbor', { flags: ['router', 'offload'], flagsExt: 'ext_validated' }, { ...neighbor, flags: 128, flagsExt: 4 }],
  // As the kernel has them after `ip neigh add ... lladdr 192.0.2.9 dev gre1`.
  ['neighbor of a tunnel', { lladdr: '192.0.2.9' }, { ...neighbor, lladdr: 'c0:00:02:09' }],
  ['neighbor of a tunnel', { lladdr: 'C0:00:02:09' }, { ...neighbor, lladdr: 'c0:00:02:09' }],
  [
    'neighbor of a tunnel over IPv6',
    { lladdr: 'FD00::9' },
    { ...neighbor, lladdr: 'fd:00:00:00:00:00:00:00:00:00:00:00:00:00:00:09' },
  ],
  ['neighbor of Infiniband', { lladdr: infiniband }, { ...neighbor, lladdr: infiniband }],
  ['neighbor with a protocol', { state: 'permanent' }, { ...neighbor, state: 128, protocol: 84 }],
  [
    'neighbor with a protocol',
    { state: 'reachable', flags: 'extern_learn', protocol: '84' },
    { ...neighbor, state: 2, flags: 16, protocol: 84 },
  ],
  ['additive neighbor', { state: 'stale', flags: 16 }, { ...neighbor, state: 4, flags: 16 }],
  ['neighbor with a protocol', { lladdr: undefined, flagsExt: 'managed' }, { ...sought, protocol: 84 }],
  ['additive neighbor', { lladdr: undefined, flagsExt: 1, flags: 'extern_learn' }, { ...sought, flags: 16 }],
  // As the kernel shows one that it has found.
  [
    'additive neighbor',
    { state: 'reachable', flags: ['router', 'extern_learn'], flagsExt: 1 },
    { ...sought, flags: 16 },
  ],
  ['additive neighbor', { lladdr: undefined, state: 'failed', flagsExt: 1 }, sought],
  ['additive neighbor', { protocol: 'zebra', state: 192 }, { ...neighbor, state: 192, protocol: 11 }],
  ['vxlan', {}, remote],
  ['vxlan', { state: 64, port: 4789, vni: 10, flags: 'self', type: 1, family: 'bridge', ifindex: 'vx0' }, remote],
  ['vxlan', { flags: ['self', 'sticky', 'router'] }, { ...remote, flags: 194 }],
  ['vxlan', { port: 4790, vni: 11, viaIfindex: 'v0' }, { ...remote, port: 4790, vni: 11, viaIfindex: 7 }],
  ['vxlan', { dst: undefined, nhId: 5 }, { family: 7, ifindex: 8, state: 66, flags: 2, type: 1, lladdr, nhId: 5 }],
  ['additive vxlan', { state: 'permanent', flags: 'extern_learn' }, { ...remote, state: 192, flags: 18 }],
  ['additive vxlan', { state: 'dynamic' }, { ...remote, state: 2 }],
  ['external vxlan', { srcVni: 100 }, { ...remote, srcVni: 100 }],
  ['external vxlan', { srcVni: 0 }, remote],
  ['port', { state: 'static', flags: 'master', master: 'br0', vlan: 10 }, { ...address, vlan: 10 }],
  ['port', { flags: 'sticky', type: 0, flagsExt: 0 }, { ...address, flags: 64 }],
  ['additive port', { flags: 'extern_learn' }, { ...address, state: 2, flags: 16 }],
  ['additive port', { state: 'permanent' }, { ...address, state: 128 }],
  ['additive port', { state: 'dynamic', flags: 64 }, { ...address, state: 2, flags: 64 }],
  ['port of a vxlan', {}, { ...address, ifindex: 8 }],
]

fields('are brought into the form of the kernel', () => {
  for (const [owner, entry, expected] of taken) {
    const made = normal(owner, entry) as object
    assert.equal(made, { ...expected }, `${owner} ${JSON.stringify(entry)}`)
    // What is read can be written back.
    assert.equal(owners[owner].normalize(made, context), made)
  }
})

const refused: readonly [owner: keyof typeof owners, entry: Wanted, message: string | RegExp][] = [
  ['neighbor', { dst: undefined }, 'neighbor.dst: is missing'],
  ['neighbor', { lladdr: undefined }, 'neighbor.lladdr: is missing'],
  ['neighbor', { lladdr: 'c0:00:02:09' }, 'neighbor.lladdr: c0:00:02:09 has not 6 bytes'],
  ['neighbor', { lladdr: '192.0.2.9' }, 'neighbor.lladdr: "192.0.2.9" has not 6 bytes'],
  ['neighbor of a tunnel', { lladdr: 'fd00::9' }, 'neighbor.lladdr: "fd00::9" has not 4 bytes'],
  ['neighbor of a tunnel', { lladdr }, `neighbor.lladdr: ${lladdr} has not 4 bytes`],
  // Eight pairs are eight bytes, and no address of IPv6.
  [
    'neighbor of a tunnel over IPv6',
    { lladdr: '02:00:00:00:00:00:00:01' },
    'neighbor.lladdr: 02:00:00:00:00:00:00:01 has not 16 bytes',
  ],
  ['neighbor', { lladdr: '192.0.2.256' }, /^neighbor\.lladdr: "192\.0\.2\.256" is not a hardware address/],
  ['neighbor', { lladdr: 4 as never }, /^neighbor\.lladdr: 4 is not a text/],
  ['neighbor', { dst: '10.0.0.255/24' }, /^neighbor\.dst: "10\.0\.0\.255\/24" is not/],
  ['neighbor', { dst: '224.0.0.5' }, 'neighbor.dst: 224.0.0.5 is a multicast address, which can have no neighbour'],
  ['neighbor', { family: 10 }, 'neighbor.family: 10 is not that of 10.0.0.2, 2'],
  ['neighbor', { ifindex: 8 }, 'neighbor.ifindex: 8 is not 7, the interface that is written'],
  ['neighbor', { flags: 8 }, /^neighbor\.flags: 8 has proxy \(8\): .*; proxyOwner writes there$/],
  ['neighbor', { flags: 64 }, /^neighbor\.flags: 64 is not /],
  ['neighbor', { lladdr: undefined, flagsExt: 1 }, /^neighbor\.flagsExt: 1 has managed .*give the owner a protocol/],
  ['additive neighbor', { flagsExt: 5 }, /^neighbor\.flagsExt: 5 has managed \(1\) and ext_validated \(4\): /],
  [
    'additive neighbor',
    { flagsExt: 1 },
    /^neighbor\.lladdr: 02:00:00:00:aa:01 is given: the kernel finds that of a managed /,
  ],
  [
    'additive neighbor',
    { flagsExt: 1, state: 'permanent' },
    /^neighbor\.state: 128 is permanent \(128\) or noarp \(64\): /,
  ],
  [
    'additive neighbor',
    { flagsExt: 'managed', state: 64 },
    /^neighbor\.state: 64 is permanent \(128\) or noarp \(64\): /,
  ],
  [
    'additive neighbor',
    { lladdr: undefined, flagsExt: 1, flags: 'router' },
    /^neighbor\.flags: 128 has router \(128\): the kernel finds that of a managed /,
  ],
  ['neighbor', { flagsExt: 2 }, /^neighbor\.flagsExt: 2 is not /],
  ['neighbor', { state: 'permanent' }, /^neighbor\.state: 128 does not mark .*keep it additively \(additive: true\)$/],
  ['neighbor', { flags: 16 }, /^neighbor\.flags: 16 has extern_learn .*keep it additively \(additive: true\)$/],
  ['neighbor', { protocol: 84 }, /^neighbor\.protocol: 84 is given/],
  ['neighbor with a protocol', { protocol: 85 }, /^neighbor\.protocol: 85 is not 84/],
  ['additive neighbor', { state: 0 }, /^neighbor\.state: 0 is not one state/],
  [
    'additive neighbor',
    { state: 'failed' },
    /^neighbor\.state: 32 is not one state of a neighbour that has a hardware/,
  ],
  ['additive neighbor', { state: 'junk' }, /^neighbor\.state: "junk" is not /],
  ['additive neighbor', { state: ['noarp', 'reachable'] }, /^neighbor\.state: .* is not one state/],
  ['neighbor', { vlan: 5 }, 'neighbor.vlan: neighbours have none'],
  ['neighbor', { type: 'junk' }, /^neighbor\.type: "junk" is not /],
  ['neighbor', { dev: 'v0' }, 'neighbor.dev: there is no such field; it is called ifindex'],
  ['vxlan', { lladdr: undefined }, 'fdb.lladdr: is missing'],
  ['vxlan', { dst: undefined }, 'fdb.dst: is missing; an entry of a vxlan has it, or nhId'],
  ['vxlan', { nhId: 5 }, 'fdb.dst: cannot stand beside nhId'],
  ['vxlan', { nhId: 0 }, /^fdb\.nhId: 0 is not /],
  ['vxlan', { vnni: 100 }, 'fdb.vnni: there is no such field'],
  ['vxlan', JSON.parse('{"__proto__": {"nhId": 5}}') as Wanted, 'fdb.__proto__: there is no such field'],
  ['vxlan', { srcVni: 100 }, 'fdb.srcVni: is for a vxlan that is external; vx0 has one VNI'],
  ['external vxlan', { srcVni: 0x1000000 }, /^fdb\.srcVni: 16777216 is not /],
  ['vxlan', { port: 0 }, 'fdb.port: 0 is not a whole number in 1..65535'],
  ['vxlan', { vni: -1 }, /^fdb\.vni: -1 is not /],
  ['vxlan', { vni: 0x1000000 }, /^fdb\.vni: 16777216 is not /],
  ['vxlan', { flags: 'junk' }, /^fdb\.flags: "junk" is not /],
  ['vxlan', { flagsExt: 1 }, /^fdb\.flagsExt: 1 is not /],
  ['vxlan', { type: null }, /^fdb\.type: null is not /],
  ['vxlan', { state: 4 }, /^fdb\.state: 4 is not /],
  ['vxlan', { state: 0 }, /^fdb\.state: 0 is no state/],
  ['vxlan', { state: 'permanent' }, /^fdb\.state: 192 does not mark .*keep it additively \(additive: true\)$/],
  ['vxlan', { state: 'dynamic' }, /^fdb\.state: 2 does not mark /],
  ['vxlan', { flags: 16 }, /^fdb\.flags: 16 has extern_learn .*keep it additively \(additive: true\)$/],
  ['vxlan', { master: 3 }, /^fdb\.master: entries of a vxlan itself have none/],
  ['port', { vlan: 0 }, 'fdb.vlan: 0 is not a whole number in 1..4094'],
  ['port', { lladdr: '00:00:00:00:00:00' }, /^fdb\.lladdr: 00:00:00:00:00:00 can be behind no port/],
  ['port', { flags: 'self' }, /^fdb\.flags: "self" is not /],
  ['port', { master: 4 }, 'fdb.master: 4 is not 3, the interface that is written'],
  ['port', { dst: '10.0.0.2' }, 'fdb.dst: entries of a bridge have none'],
  ['additive port', { state: 'static', flags: 16 }, /^fdb\.state: 64 is not dynamic/],
  ['additive port', { flags: ['sticky', 'extern_learn'] }, /^fdb\.flags: 80 has sticky/],
  ['additive port', { state: 'permanent', flags: 'sticky' }, /^fdb\.flags: 64 has sticky/],
]

fields('that the kernel would not carry out are refused by name and value', () => {
  for (const [owner, entry, expected] of refused) {
    let message = 'nothing was thrown'
    try {
      normal(owner, entry)
    } catch (error) {
      assert.ok(error instanceof TypeError || error instanceof RangeError)
      message = error.message
    }
    if (typeof expected === 'string') assert.is(message, expected)
    else assert.match(message, expected, JSON.stringify(entry))
  }
})

fields.run()
