// timeout: 300
import { type Link, LinkMessage, LinkTable, linkMessage } from '@rtnl/link'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasKind, inNetns, ip, play, until } from '../support/netns.ts'

const kinds = suite('the data of kinds of links, and of ports')

type Data = Readonly<Record<string, unknown>>

/** What `ip -j -d link` says of a link. */
interface Shown {
  readonly ifindex: number
  readonly ifname: string
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: Data
    readonly info_slave_kind?: string
    readonly info_slave_data?: Data
  }
}

function shownLinks(): Map<string, Shown> {
  const list = JSON.parse(ip('-n', 'here', '-j', '-d', 'link')) as Shown[]
  return new Map(list.map((link) => [link.ifname, link]))
}

const bit = (value: unknown): number => (value === true ? 1 : 0)

/** The words of `ip` for a value that is a number in the kernel, by that number. */
const place = (words: readonly string[], word: unknown): number => words.indexOf(String(word))

const portStates = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

/** The fields of a port of a bridge that this version of `ip` prints. */
function bridgePortOf(data: Data, index: (name: unknown) => number): Data {
  return {
    state: place(portStates, data.state),
    priority: data.priority,
    cost: data.cost,
    mode: bit(data.hairpin),
    guard: bit(data.guard),
    protect: bit(data.root_block),
    fastLeave: bit(data.fastleave),
    learning: bit(data.learning),
    unicastFlood: bit(data.flood),
    proxyarp: bit(data.proxy_arp),
    proxyarpWifi: bit(data.proxy_arp_wifi),
    multicastRouter: data.multicast_router,
    mcastFlood: bit(data.mcast_flood),
    mcastToUcast: bit(data.mcast_to_unicast),
    vlanTunnel: bit(data.vlan_tunnel),
    bcastFlood: bit(data.bcast_flood),
    neighSuppress: bit(data.neigh_suppress),
    isolated: bit(data.isolated),
    locked: bit(data.locked),
    ...(data.backup_port === undefined ? {} : { backupPort: index(data.backup_port) }),
  }
}

const bondModes = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb']
const hashPolicies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac']

function bondOf(data: Data, index: (name: unknown) => number): Data {
  const adInfo = data.ad_info as Data | undefined
  return {
    mode: place(bondModes, data.mode),
    ...(data.active_slave === undefined ? {} : { activeSlave: index(data.active_slave) }),
    miimon: data.miimon,
    updelay: data.updelay,
    downdelay: data.downdelay,
    ...(data.primary === undefined ? {} : { primary: index(data.primary) }),
    xmitHashPolicy: place(hashPolicies, data.xmit_hash_policy),
    minLinks: data.min_links,
    adLacpRate: place(['slow', 'fast'], data.ad_lacp_rate),
    ...(adInfo === undefined
      ? {}
      : {
          adInfo: {
            aggregator: adInfo.aggregator,
            numPorts: adInfo.num_ports,
            actorKey: adInfo.actor_key,
            partnerKey: adInfo.partner_key,
            partnerMac: adInfo.partner_mac,
          },
        }),
  }
}

function bondSlaveOf(data: Data): Data {
  return {
    state: place(['ACTIVE', 'BACKUP'], data.state),
    miiStatus: place(['UP', 'GOING_DOWN', 'DOWN', 'GOING_BACK'], data.mii_status),
    linkFailureCount: data.link_failure_count,
    queueId: data.queue_id,
    ...(data.ad_aggregator_id === undefined ? {} : { adAggregatorId: data.ad_aggregator_id }),
  }
}

function vlanOf(data: Data): Data {
  const flags = data.flags as readonly string[]
  const names = ['REORDER_HDR', 'GVRP', 'LOOSE_BINDING', 'MVRP', 'BRIDGE_BINDING']
  return {
    id: data.id,
    flags: flags.reduce((sum, name) => sum | (1 << names.indexOf(name)), 0),
    protocol: data.protocol === '802.1ad' ? 0x88a8 : 0x8100,
  }
}

function vxlanOf(data: Data, index: (name: unknown) => number): Data {
  const group = data.group ?? data.remote ?? data.group6 ?? data.remote6
  const local = data.local ?? data.local6
  return {
    id: data.id,
    ...(group === undefined ? {} : { group }),
    ...(local === undefined ? {} : { local }),
    ...(data.link === undefined ? {} : { link: index(data.link) }),
    learning: bit(data.learning),
    port: data.port,
    ...(data.gbp === true ? { gbp: true } : {}),
    collectMetadata: bit(data.external),
    ...(data.vnifilter === true ? { vnifilter: 1 } : {}),
  }
}

/** All that `ip` says of the kind of a link, in our fields. */
function fieldsOf({ linkinfo }: Shown, index: (name: unknown) => number): Data {
  const { info_kind, info_data, info_slave_kind, info_slave_data } = linkinfo ?? {}
  return {
    ...(info_kind === undefined ? {} : { kind: info_kind }),
    ...(info_slave_kind === undefined ? {} : { slaveKind: info_slave_kind }),
    ...(info_kind === 'vxlan' && info_data ? { vxlan: vxlanOf(info_data, index) } : {}),
    ...(info_kind === 'vlan' && info_data ? { vlan: vlanOf(info_data) } : {}),
    ...(info_kind === 'bond' && info_data ? { bond: bondOf(info_data, index) } : {}),
    ...(info_slave_kind === 'bridge' && info_slave_data ? { bridgePort: bridgePortOf(info_slave_data, index) } : {}),
    ...(info_slave_kind === 'bond' && info_slave_data ? { bondSlave: bondSlaveOf(info_slave_data) } : {}),
  }
}

/** Of an entry the same, less what this version of `ip` does not print. */
function comparable({ kind, slaveKind, vxlan, vlan, bond, bridgePort, bondSlave }: Link): Data {
  const { mab, neighVlanSuppress, backupNhid, mcastNGroups, mcastMaxGroups, ...port } = bridgePort ?? {}
  return JSON.parse(
    JSON.stringify({ kind, slaveKind, vxlan, vlan, bond, bridgePort: bridgePort && port, bondSlave }),
  ) as Data
}

function checkAll(table: LinkTable): void {
  const shown = shownLinks()
  const index = (name: unknown): number => shown.get(String(name))?.ifindex ?? -1
  assert.is(table.size, shown.size)
  for (const link of shown.values()) {
    assert.equal(comparable(table.get({ ifindex: link.ifindex })!), fieldsOf(link, index), link.ifname)
  }
}

/** What is set up, by the kind of link that the kernel needs to have for it, if not every kernel has it. */
const settings: readonly (readonly [what: string, kind: string | undefined, commands: readonly string[]])[] = [
  [
    'vxlans',
    undefined,
    [
      'link add x0 type vxlan id 10 dstport 4789 local 192.0.2.1 group 239.1.1.1 dev v0 nolearning gbp',
      'link add x1 type vxlan id 11 dstport 4790 local 2001:db8::1 remote 2001:db8::2',
      'link add x2 type vxlan external dstport 4791',
      'link add x3 type vxlan external vnifilter dstport 4792 local 192.0.2.1 nolearning',
    ],
  ],
  [
    'ports of a bridge',
    undefined,
    [
      'link add br0 type bridge',
      'link set br0 up',
      'link set v0 master br0',
      'link set v1 master br0',
      'link set w0 master br0',
      'link set w0 up',
      'link set w1 up',
      'bridge link set dev v0 cost 77 priority 5 guard on root_block on fastleave on learning off flood off',
      'bridge link set dev v1 hairpin on mcast_flood off bcast_flood off mcast_to_unicast on neigh_suppress on',
      'bridge link set dev w0 isolated on vlan_tunnel on locked on backup_port v1 mcast_router 2',
      'link set v1 type bridge_slave proxy_arp on proxy_arp_wifi on',
      'link set v1 up',
    ],
  ],
  [
    'VLAN devices',
    'vlan',
    [
      'link add v0.5 link v0 type vlan id 5',
      'link add v0.6 link v0 type vlan protocol 802.1ad id 4094 reorder_hdr off gvrp on',
      'link add v0.7 link v0 type vlan id 7 mvrp on loose_binding on',
    ],
  ],
  [
    'a bond with an active port',
    'bond',
    [
      'link add b0 type bond mode active-backup miimon 50 updelay 100 downdelay 200 min_links 1 xmit_hash_policy encap2+3',
      'link set v0 master b0',
      'link set w0 master b0',
      'link set b0 up',
      'link set v1 up',
      'link set w1 up',
      'link set b0 type bond primary w0',
      'link set v0 type bond_slave queue_id 3',
    ],
  ],
  [
    'a bond by LACP',
    'bond',
    [
      'link add b0 type bond mode 802.3ad miimon 50 lacp_rate fast xmit_hash_policy layer3+4',
      'link set v0 master b0',
      'link set w0 master b0',
      'link set b0 up',
      'link set v1 up',
      'link set w1 up',
    ],
  ],
]

for (const [what, kind, commands] of settings) {
  if (kind !== undefined && !hasKind(kind)) continue
  kinds(`of ${what} are what ip says`, () =>
    inNetns(async () => {
      play('here', ['link add v0 type veth peer name v1', 'link add w0 type veth peer name w1'])
      await using table = await LinkTable.open({ netns: 'here' })
      play('here', commands)
      if (commands.includes('link set w1 up')) {
        await until('w0 to be up', () => ip('-n', 'here', 'link', 'show', 'w0').includes('state UP'))
      }
      if (commands.some((command) => command.includes('mode 802.3ad'))) {
        await until('LACP to choose a key', () =>
          /"actor_key":[1-9]/.test(ip('-n', 'here', '-d', '-j', 'link', 'show', 'b0')),
        )
        // The kernel does not announce what LACP negotiates.
        await table.resync()
      }
      await table.waitForSync()
      await using fresh = await LinkTable.open({ netns: 'here' })
      checkAll(fresh)
      checkAll(table)
    }),
  )
}

kinds('what only newer kernels have of a port is set and read', () =>
  inNetns(async () => {
    play('here', ['link add v0 type veth', 'link add br0 type bridge', 'link set v0 master br0', 'link set v0 up'])
    await using table = await LinkTable.open({ netns: 'here' })
    const ifindex = table.ifindex('v0')!
    const newer = { locked: 1, mab: 1, neighVlanSuppress: 1, backupNhid: 42, mcastMaxGroups: 10 } as const
    const set = async (bridgePort: Link['bridgePort']): Promise<void> => {
      const entry = { ifindex, slaveKind: 'bridge', ...(bridgePort && { bridgePort }) }
      const request = { message: linkMessage, type: LinkMessage.NEW, entry, operation: 'set a port' }
      await table.notifier.connection.request(request)
    }
    const old = table.get({ ifindex })?.bridgePort
    assert.equal([old?.mab, old?.neighVlanSuppress, old?.backupNhid, old?.mcastMaxGroups], [0, 0, undefined, 0])
    await set(newer)
    await table.waitForSync()
    assert.equal(table.get({ ifindex })?.bridgePort, { ...old, ...newer })
    // The kernel's own words for what these numbers are.
    try {
      await set({ locked: 0 })
      assert.unreachable()
    } catch (error) {
      assert.match(String(error), /must be locked and have learning enabled when MAB is enabled/)
    }
  }),
)

kinds.run()
