// timeout: 300
import { type Link, LinkFlag, LinkMessage, LinkTable, linkDefinition, linkMessage } from '@rtnl/link'
import { type LiveTable, openTable } from '@rtnl/live-table'
import { AddressFamily } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasKind, inNetns, ip, play, until } from '../support/netns.ts'

const silence = suite('what the kernel changes in links and does not tell')

/** What makes the difference, after what it needs, and the trigger that it takes to see it. */
interface Silence {
  readonly reason: string
  /** The kind of link that it is about, if not every kernel has it. */
  readonly kind?: string
  readonly before: readonly string[]
  readonly event: string
  /** The event is in the other namespace. */
  readonly there?: boolean
  /** What the kernel does only some time later. */
  readonly later?: (shown: ReadonlyMap<string, Shown>) => boolean
}

/** What `ip -j -d link` says. */
interface Shown {
  readonly ifindex: number
  readonly ifname: string
  readonly mtu: number
  readonly address?: string
  readonly flags: readonly string[]
  readonly operstate: string
  readonly link?: string | null
  readonly link_index?: number
  readonly link_netnsid?: number
  readonly linkinfo?: {
    readonly info_slave_kind?: string
    readonly info_slave_data?: {
      readonly state: string
      readonly cost: number
      readonly learning: boolean
      readonly backup_port?: string
    }
  }
}

function shownLinks(): Map<string, Shown> {
  const list = JSON.parse(ip('-n', 'here', '-j', '-d', 'link')) as Shown[]
  return new Map(list.map((link) => [link.ifname, link]))
}

const pair = ['link add v0 index 20 type veth peer name v1 index 30']
const bridged = [...pair, 'link add w0 type veth peer name w1', 'link add br0 type bridge', 'link set br0 up']
const pairUp = [...pair, 'link set v0 up', 'link set v1 up']

const silences: Record<string, Silence> = {
  'a port that leaves its bond while it is down': {
    reason: 'bond',
    kind: 'bond',
    before: [
      'link add bond0 type bond mode active-backup fail_over_mac active',
      ...pair,
      'link set v0 up',
      'link set v1 master bond0',
      'link set bond0 up',
      'link set v1 down',
    ],
    event: 'link set v1 nomaster',
  },
  'the ports of a bond that is deleted': {
    reason: 'bond',
    kind: 'bond',
    before: [...pair, 'link add bond0 type bond', 'link set v1 master bond0', 'link set bond0 mtu 1300'],
    event: 'link del bond0',
  },
  'an ipvlan above a link with another MTU': {
    reason: 'lower',
    kind: 'ipvlan',
    before: [...pairUp, 'link add i0 link v1 type ipvlan', 'link set i0 up'],
    event: 'link set v1 mtu 1400',
  },
  'an HSR above links with another MTU': {
    reason: 'lower',
    kind: 'hsr',
    before: [...pairUp, 'link add w0 type veth peer name w1', 'link add h0 type hsr slave1 v1 slave2 w1'],
    event: 'link set v1 mtu 1400',
  },
  'the carrier of a macvlan that is down': {
    reason: 'lower',
    before: [...pairUp, 'link add m0 link v1 type macvlan'],
    event: 'link set v0 down',
    later: (shown) => shown.get('v1')?.flags.includes('NO-CARRIER') === true,
  },
  'a VLAN device whose link below moves to another namespace': {
    reason: 'departure',
    kind: 'vlan',
    before: [...pairUp, 'link add v1.5 link v1 type vlan id 5', 'link set v1.5 up'],
    event: 'link set v1 netns there',
  },
  'a macvlan whose link below moves to another namespace': {
    reason: 'departure',
    before: [...pair, 'link add m0 link v1 type macvlan'],
    event: 'link set v1 netns there',
  },
  'a macvlan whose link below comes back': {
    reason: 'arrival',
    before: [
      ...pair,
      'link add m0 link v1 type macvlan',
      'link set v1 netns there',
      'link add b30 index 30 type bridge',
    ],
    event: 'link set v1 netns here',
    there: true,
  },
  'the other end of a pair comes back, both down': {
    reason: 'arrival',
    before: [...pair, 'link set v1 netns there', 'link add b30 index 30 type bridge'],
    event: 'link set v1 netns here',
    there: true,
  },
  'the other end of a pair moves, both down': {
    reason: 'departure',
    before: pair,
    event: 'link set v1 netns there',
  },
}

for (const [what, event] of [
  ['leaves the bridge', 'link set w0 nomaster'],
  ['moves to another bridge', 'link set w0 master br1'],
  ['is deleted', 'link del w0'],
] as const) {
  silences[`a port whose backup port ${what}`] = {
    reason: 'backup port',
    before: [
      ...bridged,
      'link add br1 type bridge',
      'link set v0 master br0',
      'link set w0 master br0',
      'bridge link set dev v0 backup_port w0',
    ],
    event,
  }
}

async function dumped(table: LiveTable<Link>): Promise<Link[]> {
  const links: Link[] = []
  const request = { message: linkMessage, type: LinkMessage.GET, entry: {}, operation: 'dump links' }
  for await (const batch of table.notifier.connection.dump(request)) links.push(...batch)
  return links.filter(({ family }) => family === AddressFamily.UNSPEC)
}

/** Links in order, without what changes by itself. */
function byIndex(links: Iterable<Link>): Link[] {
  const stable = [...links].map((link) => {
    const { mcastNGroups, ...bridgePort } = link.bridgePort ?? {}
    const { linkFailureCount, ...bondSlave } = link.bondSlave ?? {}
    return { ...link, ...(link.bridgePort && { bridgePort }), ...(link.bondSlave && { bondSlave }) }
  })
  return stable.sort((left, right) => left.ifindex - right.ifindex)
}

const portStates = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

/** An entry in the words of `ip`, with the fields that the situations are about. */
function words({ ifindex, ifname, mtu, address, flags, link, linkNetnsid, slaveKind, bridgePort }: Link): string {
  const bits = ['UP', 'SLAVE'].filter((name) => (flags & LinkFlag[name as 'UP' | 'SLAVE']) !== 0)
  const { state = -1, cost, learning, backupPort } = bridgePort ?? {}
  const port = [portStates[state], cost, bridgePort && learning === 1, backupPort]
  return [ifindex, ifname, mtu, address, bits, link ?? '', linkNetnsid ?? '', slaveKind ?? '', ...port].join(' ')
}

function ipWords(shown: ReadonlyMap<string, Shown>): string[] {
  return [...shown.values()].map((one) => {
    const { ifindex, ifname, mtu, address, flags, link, link_index, link_netnsid, linkinfo } = one
    const bits = ['UP', 'SLAVE'].filter((name) => flags.includes(name))
    const below = link_index ?? (link == null ? '' : (shown.get(link)?.ifindex ?? ''))
    const { info_slave_kind = '', info_slave_data } = linkinfo ?? {}
    const { state, cost, learning, backup_port = '' } = (info_slave_kind === 'bridge' && info_slave_data) || {}
    const port = [state, cost, learning, shown.get(backup_port)?.ifindex]
    return [ifindex, ifname, mtu, address, bits, below, link_netnsid ?? '', info_slave_kind, ...port].join(' ')
  })
}

const missing = new Set<string>()

for (const [name, { reason, kind, before, event, there, later }] of Object.entries(silences)) {
  if (kind !== undefined && (missing.has(kind) || !hasKind(kind))) {
    missing.add(kind)
    continue
  }
  silence(name, () =>
    inNetns(async () => {
      // The index of what moves there is taken.
      if (there !== true) play('there', ['link add b30 index 30 type bridge'])
      play('here', before)
      if (before.includes('link set v1 up')) {
        await until('v1 to be up', () => shownLinks().get('v1')?.flags.includes('LOWER_UP') === true)
      }
      await using table = await LinkTable.open({ netns: 'here' })
      const others = linkDefinition.triggers?.filter((trigger) => trigger.reason !== reason) ?? []
      assert.is(others.length, (linkDefinition.triggers?.length ?? 0) - 1)
      await using without = await openTable({ ...linkDefinition, triggers: others }, { netns: 'here' })
      play(there === true ? 'there' : 'here', [event])
      if (later !== undefined) await until(name, () => later(shownLinks()))
      for (const one of [table, without]) await one.waitForSync()
      assert.equal(byIndex(table), byIndex(await dumped(table)), 'with the trigger')
      assert.equal(byIndex(table).map(words), ipWords(shownLinks()), 'table and ip')
      assert.not.equal(byIndex(without), byIndex(await dumped(table)), 'without it')
    }),
  )
}

for (const kind of missing) {
  silence(`this kernel has no links of kind ${kind}, and says so`, () => {
    assert.not(hasKind(kind))
  })
}

const changedWhileDown: Readonly<Record<string, readonly [make: readonly string[], change: readonly string[]]>> = {
  bridge: [['link add x0 type bridge'], ['link set x0 type bridge ageing_time 500 stp_state 1']],
  macvlan: [['link add x0 link v0 type macvlan mode bridge'], ['link set x0 type macvlan mode private']],
  'port of a bridge': [
    ['link add br0 type bridge', 'link add x0 type veth', 'link set x0 master br0'],
    ['link set x0 type bridge_slave neigh_suppress on learning off'],
  ],
  vxlan: [
    ['link add x0 type vxlan id 10 dstport 4789 local 192.0.2.1 remote 192.0.2.9'],
    ['link set x0 type vxlan id 10 local 192.0.2.2 remote 192.0.2.8'],
  ],
}

for (const [kind, [make, change]] of Object.entries(changedWhileDown)) {
  silence(`what changed of a ${kind} while it was down is known when it comes up`, () =>
    inNetns(async () => {
      play('here', [...pair, 'link set v0 up', ...make])
      await using table = await LinkTable.open({ netns: 'here' })
      const { relists: readings } = table
      play('here', [...change, 'link property add dev x0 altname another'])
      await table.waitForSync()
      assert.not.equal(byIndex(table), byIndex(await dumped(table)), 'the kernel tells nothing of it')
      play('here', ['link set x0 up'])
      await until('x0 to settle', () => (shownLinks().get('x0')?.flags ?? []).includes('UP'))
      await table.waitForSync()
      assert.equal(byIndex(table), byIndex(await dumped(table)))
      assert.is(table.ifindex('another'), table.ifindex('x0'))
      assert.is(table.relists, readings)
    }),
  )
}

for (const [what, before, event] of [
  ['flags of a port', ['link set v0 master br0'], 'bridge link set dev v0 learning off neigh_suppress on isolated on'],
  ['the cost of a port', ['link set v0 master br0'], 'bridge link set dev v0 cost 77 priority 5'],
  ['the state of a port that joins', ['link set v1 up', 'link set v0 up'], 'link set v0 master br0'],
  [
    'the ports of a bridge that goes down',
    ['link set v1 up', 'link set v0 up', 'link set v0 master br0'],
    'link set br0 down',
  ],
] as const) {
  silence(`told of in messages about ports alone, and read no more for it: ${what}`, () =>
    inNetns(async () => {
      play('here', [...bridged, ...before])
      if (before.length > 1) {
        await until('v1 to be up', () => shownLinks().get('v1')?.flags.includes('LOWER_UP') === true)
      } else await until('br0 to settle', () => shownLinks().get('br0')?.operstate === 'DOWN')
      const { amended, ...unamended } = linkDefinition
      assert.ok(amended)
      await using table = await LinkTable.open({ netns: 'here' })
      await using without = await openTable(unamended, { netns: 'here' })
      const { relists: readings } = table
      play('here', [event])
      for (const one of [table, without]) await one.waitForSync()
      assert.equal(byIndex(table), byIndex(await dumped(table)))
      assert.equal(byIndex(table).map(words), ipWords(shownLinks()), 'table and ip')
      assert.not.equal(byIndex(without), byIndex(await dumped(table)), 'without these messages')
      assert.is(table.relists, readings)
    }),
  )
}

silence('links that come, change and go, and nothing above them, are no reason to read', () =>
  inNetns(async () => {
    play('here', [...pairUp, 'link add br0 type bridge', 'link add m0 link v1 type macvlan', 'link set m0 up'])
    await until('v1 to be up', () => shownLinks().get('m0')?.flags.includes('LOWER_UP') === true)
    await using table = await LinkTable.open({ netns: 'here' })
    const { relists: readings } = table
    play('here', [
      'link set br0 up',
      'link set v0 master br0',
      'link set v0 mtu 1400',
      'link set v1 mtu 1400',
      'link set v1 address 02:00:00:00:00:77',
      'link set v0 nomaster',
      'link set v0 master br0',
      'bridge link set dev v0 learning off',
      'link set m0 down',
      'link set m0 up',
      'link set br0 down',
      'link add x9 type vxlan id 9 dstport 4790',
      'link set x9 netns there',
      'link del m0',
    ])
    await table.waitForSync()
    assert.equal(byIndex(table), byIndex(await dumped(table)))
    assert.is(table.relists, readings)
  }),
)

silence.run()
