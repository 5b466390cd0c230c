import { setTimeout as delay } from 'node:timers/promises'
import { patience } from '@rtnl/compliance'
import type { Evpn } from '@rtnl/evpn'
import * as assert from 'uvu/assert'
import type { VtepNumber } from './frr-layouts.ts'
import type { FrrScene } from './frr-scene.ts'
import { interfaceNames } from './netns.ts'

/** What FRR says with `show evpn ... json`, and what we derive from the kernel, as lines that can be compared. */

interface Mac {
  readonly type: string
  readonly remoteVtep?: string
  /** The Ethernet segment that it is behind. */
  readonly esi?: string
  readonly stickyMac?: boolean
  readonly remoteGatewayMac?: boolean
}

interface Binding {
  readonly type: string
  readonly state: string
  readonly mac: string
}

/** In FRR 8 the endpoints are `numRemoteVteps`, from FRR 9 on that is their number. */
interface VniDetail {
  readonly vni: number
  readonly type: 'L2' | 'L3'
  readonly vrf?: string
  readonly vxlanInterface?: string
  readonly sviInterface?: string
  readonly vtepIp?: string
  readonly vxlanIntf?: string
  readonly sviIntf?: string
  readonly localVtepIp?: string
  readonly numRemoteVteps?: number | readonly string[]
  readonly remoteVteps?: readonly { readonly ip: string; readonly flood: string }[]
}

interface Segment {
  readonly esi: string
  /** Id of the nexthop object. */
  readonly nexthopGroup?: number
  /** Of a segment that is here too, those of others. */
  readonly vteps?: readonly { readonly vtep: string }[]
}

type ByVni<Entry> = Readonly<Record<string, Entry>>

/** Tables that have their counts among the entries. */
function entriesOf<Entry extends object>(table: Readonly<Record<string, Entry | number>>): [string, Entry][] {
  return Object.entries(table).filter((pair): pair is [string, Entry] => typeof pair[1] === 'object')
}

const commands = [
  'show evpn vni detail json',
  'show evpn mac vni all detail json',
  'show evpn rmac vni all json',
  'show evpn arp-cache vni all json',
  'show evpn next-hops vni all json',
  'show evpn es detail json',
]

/** What a VTEP's zebra has of others. */
export async function shownByFrr(scene: FrrScene, number: VtepNumber): Promise<string[]> {
  const answers = await scene.ask(number, commands)
  if (answers === undefined) return []
  const [details, macs, routerMacs, bindings, nextHops, segments] = answers as [
    readonly VniDetail[],
    ByVni<{ readonly macs?: Readonly<Record<string, Mac>> }>,
    ByVni<Readonly<Record<string, number | { readonly routerMac: string; readonly vtepIp: string }>>>,
    ByVni<Readonly<Record<string, number | Binding>>>,
    ByVni<Readonly<Record<string, number | { readonly nexthopIp: string; readonly routerMac: string }>>>,
    readonly Segment[],
  ]
  const lines: string[] = []
  const endpoints = new Set<string>()
  for (const detail of details) {
    const { vni, vrf, vxlanInterface, sviInterface, vtepIp } = detail
    const { vxlanIntf = vxlanInterface, sviIntf = sviInterface, localVtepIp = vtepIp } = detail
    lines.push(`vni ${vni} vxlan ${vxlanIntf} svi ${sviIntf} local ${localVtepIp} vrf ${vrf}`)
    const { numRemoteVteps, remoteVteps = [] } = detail
    const flooded = remoteVteps.filter(({ flood }) => flood === 'HER').map(({ ip }) => ip)
    for (const ip of typeof numRemoteVteps === 'object' ? numRemoteVteps : flooded) {
      lines.push(`flood ${vni} ${ip}`)
      endpoints.add(`vtep ${vni} ${ip}`)
    }
  }
  const addMac = (vni: string, mac: string, { remoteVtep, esi }: Partial<Mac>, sticky: boolean): void => {
    const segment = esi === undefined ? undefined : segments.find((each) => each.esi === esi)
    const vteps = segment?.vteps?.map(({ vtep }) => vtep).sort() ?? [remoteVtep]
    const group = segment === undefined ? [] : ['group', segment.nexthopGroup]
    lines.push(['mac', vni, mac, ...group, ...vteps, ...(sticky ? ['sticky'] : [])].join(' '))
    for (const vtep of vteps) endpoints.add(`vtep ${vni} ${vtep}`)
  }
  for (const [vni, table] of Object.entries(macs)) {
    for (const [mac, entry] of Object.entries(table.macs ?? {})) {
      const { type, stickyMac = false, remoteGatewayMac = false } = entry
      if (type === 'remote') addMac(vni, mac, entry, stickyMac || remoteGatewayMac)
    }
  }
  for (const [vni, table] of Object.entries(routerMacs)) {
    for (const [mac, { vtepIp }] of entriesOf(table)) addMac(vni, mac, { remoteVtep: vtepIp }, false)
  }
  for (const [vni, table] of Object.entries(bindings)) {
    for (const [ip, { type, state, mac }] of entriesOf(table)) {
      if (type === 'remote' && state === 'active') lines.push(`host ${vni} ${ip} ${mac}`)
    }
  }
  for (const [vni, table] of Object.entries(nextHops)) {
    for (const [ip, { routerMac }] of entriesOf(table)) lines.push(`nexthop ${vni} ${ip} ${routerMac}`)
  }
  return [...lines, ...endpoints].sort()
}

/** The same from the kernel. An address that a bridge has at another port is none for FRR. */
export function shownByUs(number: VtepNumber, { vnis, floods, fdb, arps, vteps }: Evpn): string[] {
  const names = interfaceNames(`vtep${number}`)
  const lines: string[] = []
  for (const { vni, devices, svi = 0, local, vrf = 0 } of vnis) {
    const vxlans = devices.map((index) => names.get(index))
    lines.push(`vni ${vni} vxlan ${vxlans} svi ${names.get(svi)} local ${local} vrf ${names.get(vrf) ?? 'default'}`)
  }
  for (const { vni, remote, kind } of floods) lines.push(`${kind === 'vtep' ? 'flood' : kind} ${vni} ${remote?.ip}`)
  for (const { vni, mac, kind, nhId, paths, sticky, origin, shadowedBy } of fdb) {
    const words = [...(kind === 'group' ? [`group ${nhId}`] : []), ...paths.map(({ remote }) => remote.ip)]
    if (sticky) words.push('sticky')
    // Not by a speaker, which FRR is.
    if (origin !== 'controlPlane') words.push(origin)
    if (shadowedBy === undefined) lines.push(`mac ${vni} ${mac} ${words.join(' ')}`)
  }
  for (const { vni, ip, mac, role } of arps) lines.push(`${role} ${vni} ${ip} ${mac}`)
  for (const { vni, ip } of vteps) lines.push(`vtep ${vni} ${ip}`)
  return lines.sort()
}

/** Waits until two views are the same and have what is wanted; shows their difference otherwise. */
export async function agree(
  what: string,
  views: () => Promise<readonly [string[], string[]]>,
  want: (lines: readonly string[]) => boolean = () => true,
): Promise<void> {
  for (const started = Date.now(); ; await delay(200)) {
    const [ours, theirs] = await views()
    if (want(theirs) && ours.join() === theirs.join()) return
    if (Date.now() - started < patience) continue
    assert.equal(ours, theirs, what)
    assert.unreachable(`${what}: never came:\n${theirs.join('\n')}`)
  }
}
