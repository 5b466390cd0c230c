import { spawnSync } from 'node:child_process'
import type { Evpn } from '@rtnl/evpn'
import { interfaceNames } from './netns.ts'

/** What `ip -j` and `bridge -j` show of a namespace, read by the rules of EVPN, and what we derive, as lines that can be compared. */

interface ShownLink {
  readonly ifindex: number
  readonly ifname: string
  /** The interface below. */
  readonly link?: string
  readonly master?: string
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: {
      readonly id?: number
      readonly external?: boolean
      readonly vnifilter?: boolean
      readonly local?: string
      readonly local6?: string
      readonly vlan_filtering?: number
    }
  }
}

interface Range {
  readonly vlan: number
  readonly vlanEnd?: number
  readonly flags?: readonly string[]
  readonly tunid?: number
}

interface ShownFdb {
  readonly mac: string
  readonly ifname: string
  readonly dst?: string
  readonly nhid?: number
  readonly vlan?: number
  readonly src_vni?: number
  readonly flags: readonly string[]
  readonly master?: string
  readonly state: string
}

interface ShownNeighbor {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly extern_learn?: null
  readonly state: readonly string[]
}

interface ShownNexthop {
  readonly id: number
  readonly gateway?: string
  readonly group?: readonly { readonly id: number }[]
}

/** A VNI by the tools, with names of interfaces. */
interface ShownVni {
  readonly vni: number
  readonly devices: readonly string[]
  readonly bridge: string | undefined
  readonly vlan: number | undefined
  readonly svi: string | undefined
  readonly vrf: string | undefined
}

function show<Entry>(netns: string, line: string): Entry[] {
  const [tool = '', ...words] = line.split(' ')
  const { status, stdout, stderr } = spawnSync(tool, ['-n', netns, '-j', ...words], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${line}: ${stderr}`)
  return stdout.trim() === '' ? [] : JSON.parse(stdout)
}

/** `bridge -j` says `ifname` of the entries of an interface, and ranges with their ends. */
function vlansOf(shown: readonly { readonly ifname: string; readonly list: readonly Range[] }[]): {
  readonly ifname: string
  readonly vlan: number
  readonly isPvid: boolean
  readonly tunid: number
}[] {
  return shown.flatMap(({ ifname, list }) =>
    list.flatMap(({ vlan, vlanEnd = vlan, flags = [], tunid = 0 }) =>
      Array.from({ length: vlanEnd - vlan + 1 }, (_, more) => {
        return { ifname, vlan: vlan + more, isPvid: flags.includes('PVID'), tunid: tunid + more }
      }),
    ),
  )
}

/** What the tools show that matters. */
class Shown {
  readonly links: readonly ShownLink[]
  readonly fdb: readonly ShownFdb[]
  readonly vlans: ReturnType<typeof vlansOf>
  readonly tunnels: ReturnType<typeof vlansOf>
  /** VNIs in the filters of vxlans. */
  readonly filters: readonly { readonly ifname: string; readonly vni: number }[]

  constructor(netns: string) {
    this.links = show<ShownLink>(netns, 'ip -d link')
    this.fdb = show<ShownFdb>(netns, 'bridge fdb')
    const vlans = show<{ ifname: string; vlans: Range[] }>(netns, 'bridge vlan')
    this.vlans = vlansOf(vlans.map(({ ifname, vlans: list }) => ({ ifname, list })))
    const tunnels = show<{ ifname: string; tunnels: Range[] }>(netns, 'bridge vlan tunnelshow')
    this.tunnels = vlansOf(tunnels.map(({ ifname, tunnels: list }) => ({ ifname, list })))
    const filters = show<{ ifname: string; vnis: { vni: number; vniEnd?: number }[] }>(netns, 'bridge vni')
    this.filters = filters.flatMap(({ ifname, vnis }) =>
      vnis.flatMap(({ vni, vniEnd = vni }) =>
        Array.from({ length: vniEnd - vni + 1 }, (_, more) => ({ ifname, vni: vni + more })),
      ),
    )
  }

  link(name: string | undefined): ShownLink | undefined {
    return this.links.find(({ ifname }) => ifname === name)
  }

  kind(name: string | undefined): string | undefined {
    return this.link(name)?.linkinfo?.info_kind
  }

  get vxlans(): ShownLink[] {
    return this.links.filter(({ linkinfo }) => linkinfo?.info_kind === 'vxlan')
  }

  vnisOf({ ifname, linkinfo }: ShownLink): number[] {
    const { external, id = 0 } = linkinfo?.info_data ?? {}
    if (external !== true) return [id]
    return [
      ...this.tunnels.filter((each) => each.ifname === ifname).map(({ tunid }) => tunid),
      ...this.filters.filter((each) => each.ifname === ifname).map(({ vni }) => vni),
      ...this.fdb.filter((each) => each.ifname === ifname).flatMap(({ src_vni }) => src_vni ?? []),
    ]
  }

  vni(vni: number): ShownVni {
    const devices = this.vxlans.filter((device) => this.vnisOf(device).includes(vni))
    const port = devices.find(({ master }) => this.kind(master) === 'bridge')
    const bridge = port?.master
    const filters = this.link(bridge)?.linkinfo?.info_data?.vlan_filtering === 1
    const vlan = port === undefined || !filters ? undefined : this.#vlan(vni, port)
    const svi = bridge === undefined || !filters ? bridge : this.#svi(bridge, vlan)
    const vrf = this.link(svi)?.master
    const names = devices.map(({ ifname }) => ifname)
    return { vni, devices: names, bridge, vlan, svi, vrf: this.kind(vrf) === 'vrf' ? vrf : undefined }
  }

  get vnis(): ShownVni[] {
    return [...new Set(this.vxlans.flatMap((device) => this.vnisOf(device)))].map((vni) => this.vni(vni))
  }

  #vlan(vni: number, { ifname, linkinfo }: ShownLink): number | undefined {
    const own =
      linkinfo?.info_data?.external === true
        ? this.tunnels.filter((each) => each.ifname === ifname && each.tunid === vni)
        : this.vlans.filter((each) => each.ifname === ifname && each.isPvid)
    return own.map(({ vlan }) => vlan).sort((a, b) => a - b)[0]
  }

  #svi(bridge: string, vlan: number | undefined): string | undefined {
    if (vlan === undefined) return undefined
    const upper = this.links.find(
      ({ link, linkinfo }) => linkinfo?.info_kind === 'vlan' && link === bridge && linkinfo.info_data?.id === vlan,
    )
    const isOwn = this.vlans.some((each) => each.ifname === bridge && each.vlan === vlan && each.isPvid)
    return upper?.ifname ?? (isOwn ? bridge : undefined)
  }
}

function vniLine({ vni, devices, bridge, vlan, svi, vrf }: ShownVni): string {
  return `vni ${vni} devices ${devices} bridge ${bridge} vlan ${vlan} svi ${svi} vrf ${vrf}`
}

/** The VNIs and where they are, by us. */
function vnisByUs(netns: string, { vnis }: Evpn): string[] {
  const names = interfaceNames(netns)
  const name = (index: number | undefined): string | undefined => (index === undefined ? undefined : names.get(index))
  return Array.from(vnis, ({ vni, devices, bridge, vlan, svi, vrf }) =>
    vniLine({
      ...{ vni, vlan, devices: devices.map((index) => name(index) ?? '') },
      ...{ bridge: name(bridge), svi: name(svi), vrf: name(vrf) },
    }),
  ).sort()
}

/** All by the tools, where no VNI has two vxlans with one address. */
export function shownByTools(netns: string): string[] {
  const shown = new Shown(netns)
  const nexthops = show<ShownNexthop>(netns, 'ip nexthop')
  // Of both families, and not those of bridges.
  const neighbors = show<ShownNeighbor>(netns, 'ip neigh')
  const lines = shown.vnis.map(vniLine)
  const remotes = new Map<string, string[]>()
  for (const { ifname, mac, dst, nhid, src_vni, flags, state } of shown.fdb) {
    const device = shown.vxlans.find((each) => each.ifname === ifname)
    const { external, id } = device?.linkinfo?.info_data ?? {}
    const isMade = flags.some((flag) => flag === 'extern_learn' || flag === 'sticky') || state !== ''
    if (device === undefined || !flags.includes('self') || !isMade) continue
    const vni = external === true ? src_vni : (id ?? 0)
    if (vni === undefined) {
      lines.push(`no-vni ${mac} ${ifname}`)
    } else if (mac === '00:00:00:00:00:00') {
      lines.push(`flood ${vni} ${dst}`)
    } else {
      const members = nexthops.find((each) => each.id === nhid)?.group ?? []
      const ips = members.map((member) => nexthops.find((each) => each.id === member.id)?.gateway ?? '').sort()
      const paths = nhid === undefined ? [dst ?? ''] : ips
      remotes.set(`${vni} ${mac}`, paths)
      lines.push(`mac ${vni} ${mac} ${ifname} ${paths}${shadowText(shown, shown.vni(vni), mac)}`)
    }
  }
  for (const device of shown.vxlans) {
    const { ifname, linkinfo } = device
    if (linkinfo?.info_data?.vnifilter !== true) continue
    const taken = shown.filters.filter((each) => each.ifname === ifname).map(({ vni }) => vni)
    for (const vni of shown.vnisOf(device)) if (!taken.includes(vni)) lines.push(`vni-filtered ${vni} ${ifname}`)
  }
  for (const { vni, svi } of shown.vnis) {
    const shares = shown.vnis.some((other) => other.vni !== vni && other.svi === svi)
    if (svi === undefined || shares) continue
    for (const { dst, dev, lladdr, extern_learn, state } of neighbors) {
      if (dev !== svi || extern_learn === undefined || !state.includes('NOARP')) continue
      const isEndpoint = remotes.get(`${vni} ${lladdr}`)?.includes(dst.replace(/^::ffff:/, ''))
      lines.push(`${isEndpoint === true ? 'nexthop' : 'host'} ${vni} ${dst} ${lladdr} ${svi}`)
    }
  }
  return [...new Set(lines)].sort()
}

function shadowText(shown: Shown, { devices, bridge, vlan }: ShownVni, mac: string): string {
  // Such a bridge sends nothing to the VNI.
  if (vlan === undefined && shown.link(bridge)?.linkinfo?.info_data?.vlan_filtering === 1) return ''
  const row = shown.fdb.find(
    (each) => bridge !== undefined && each.master === bridge && each.mac === mac && each.vlan === vlan,
  )
  return row === undefined || devices.includes(row.ifname) ? '' : ` shadowed ${row.ifname}`
}

/** The same by us. */
export function shownByEvpn(netns: string, evpn: Evpn): string[] {
  const names = interfaceNames(netns)
  const lines = vnisByUs(netns, evpn)
  for (const { vni, mac, ifindex, paths, shadowedBy } of evpn.fdb) {
    const shadow = shadowedBy === undefined ? '' : ` shadowed ${names.get(shadowedBy)}`
    lines.push(`mac ${vni} ${mac} ${names.get(ifindex)} ${paths.map(({ remote }) => remote.ip).sort()}${shadow}`)
  }
  for (const { vni, remote } of evpn.floods) lines.push(`flood ${vni} ${remote?.ip}`)
  for (const { vni, ip, mac, role, ifindex } of evpn.arps) {
    lines.push(`${role} ${vni} ${ip} ${mac} ${names.get(ifindex)}`)
  }
  for (const { reason, row, mac } of evpn.unresolved) {
    if (reason === 'no-vni') lines.push(`no-vni ${mac} ${names.get(Number.parseInt(row, 10))}`)
  }
  for (const { kind, subject } of evpn.notices) {
    const [vni, index] = subject.split(' ')
    if (kind === 'vni-filtered') lines.push(`vni-filtered ${vni} ${names.get(Number(index))}`)
  }
  return lines.sort()
}
