import type { Arp, Fdb, Notice, Unresolved } from '@rtnl/evpn'
import { findEvpnCollection, InterfaceNames } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonParts, textParts } from '../src/evpn/content.ts'
import { duration } from '../src/output/duration.ts'
import { paints } from '../src/output/paint.ts'

const content = suite('text of collections of EVPN')
const names = new InterfaceNames([
  [3, 'vx\x1b[2J10'],
  [5, 'swp1'],
])
const mac = '02:00:00:00:00:01'

const fdb: Fdb = {
  vni: 10,
  mac,
  ifindex: 3,
  kind: 'group',
  nhId: 11,
  paths: [{ remote: { ip: '192.0.2.1', port: 8472, encapVni: 20, via: 9 }, weight: 1 }],
  status: 'partial',
  sticky: true,
  origin: 'controlPlane',
  others: [],
}
const unresolved: Unresolved = { table: 'fdb', row: `3 ${mac}`, vni: 10, reason: 'no-remote', text: 'No remote.' }
const notice: Notice = { kind: 'shadowed', subject: `10 ${mac}`, vni: 10, ifindex: 5, text: 'Elsewhere.' }
const arp: Arp = { vni: 10, family: 2, ip: '10.0.0.1', mac, ifindex: 3, router: false, role: 'host' }

/** Of the entry of a VNI and a collection alone. */
const ages = { of: (name: string) => (name === 'fdb' ? 12_599 : undefined) }

function lines(name: string, entry: unknown, colorful: boolean): string {
  const style = { paint: paints(colorful), names, arps: [arp, { ...arp, vni: 20, ip: '10.0.0.2' }], ages }
  return [...textParts([findEvpnCollection(name)], () => [entry], style)].join('')
}

content('what does not work at all is red, what works in part or otherwise is yellow', () => {
  assert.match(lines('unresolved', unresolved, true), ' \x1b[31mno-remote: No remote.\x1b[39m\n')
  assert.match(lines('fdb', { ...fdb, status: 'unresolved' }, true), ' \x1b[31munresolved\x1b[39m\n')
  assert.match(lines('fdb', fdb, true), ' \x1b[33mpartial\x1b[39m\n')
  assert.match(lines('notices', notice, true), ' \x1b[33mshadowed: Elsewhere.\x1b[39m\n')
})

content('names of interfaces do not reach the terminal as they are, and addresses are those of the same VNI', () => {
  assert.is(
    lines('fdb', fdb, false),
    `fdb         vni 10 ${mac} dev vx\\u001b[2J10 nhid 11 dst 192.0.2.1 port 8472 encap_vni 20 via if9 sticky extern_learn ip 10.0.0.1 age 2m5s partial\n`,
  )
})

content('rows that lead nowhere have names of interfaces, not their indexes', () => {
  for (const [row, text] of [
    [unresolved, `vni 10 fdb ${mac} dev vx\\u001b[2J10 no-remote`],
    [{ ...unresolved, row: `5 ${mac} src_vni 10 dst 224.0.0.1 via 3` }, 'dev swp1 src_vni 10 dst 224.0.0.1 via vx\\u'],
    [{ table: 'neighbor', row: '5 fd00::1', mac, reason: 'no-svi-vni', text: '' }, ' neighbor fd00::1 dev swp1 no-'],
    [
      { table: 'nexthop', row: '10 11 2', vni: 10, nhId: 11, member: 2, reason: 'family', text: '' },
      ' nhid 11 member 2 f',
    ],
  ] as const) {
    assert.ok(lines('unresolved', row, false).includes(text), lines('unresolved', row, false))
  }
  assert.match(lines('notices', notice, false), 'vni 10 dev swp1 shadowed: ')
  assert.match(
    lines('fdb', { ...fdb, shadowedBy: 5 }, false),
    ' extern_learn shadowed_by swp1 ip 10.0.0.1 age 2m5s partial',
  )
})

content('JSON has the age in hundredths of a second, of what has one', () => {
  const parts = (name: string, entry: unknown): unknown =>
    JSON.parse([...jsonParts([findEvpnCollection(name)], () => [entry], ages)].join(''))
  assert.equal(parts('fdb', fdb), { fdb: [{ ...fdb, age: 12_599 }] })
  assert.equal(parts('notices', notice), { notices: [notice] })
})

for (const [seconds, text] of [
  [0.99, '0s'],
  [59, '59s'],
  [60, '1m0s'],
  [3599, '59m59s'],
  [3600, '1h0m'],
  [86_399, '23h59m'],
  [12 * 86_400 + 4 * 3600, '12d4h'],
] as const) {
  content(`${seconds} seconds are ${text}`, () => assert.is(duration(seconds), text))
}

content.run()
