import type { EvpnCollections, Group, Remote, Vni, Vtep } from '@rtnl/evpn'
import { evpnCollections } from '@rtnl/tables'
import type { EvpnOverview, EvpnPicture, EvpnSegment } from '../api.ts'
import type { ViewEvpn } from '../source.ts'

/** How many endpoints, groups and troubles a picture has room for. */
const mostShown = 100

/** The port of VXLAN (IANA), which goes without saying. */
const usualPort = 4789

/** What EVPN looks like: all VNIs in numbers, and one as a picture. */
export function evpnOverview(evpn: EvpnCollections, view: ViewEvpn, wanted: number | undefined): EvpnOverview {
  const counted = new Map<number, { vni: number; vteps: number; groups: number; macs: number; failing: number }>()
  const of = (vni: number) => {
    const known = counted.get(vni) ?? { vni, vteps: 0, groups: 0, macs: 0, failing: 0 }
    counted.set(vni, known)
    return known
  }
  for (const { vni } of evpn.vnis) of(vni)
  for (const { vni, macs } of evpn.vteps) {
    of(vni).vteps++
    of(vni).macs += macs
  }
  for (const { vni, macs, status } of evpn.groups) {
    of(vni).groups++
    of(vni).macs += macs
    if (status !== 'resolved') of(vni).failing++
  }
  for (const { vni } of evpn.unresolved) if (vni !== undefined) of(vni).failing++
  const vnis = [...counted.values()].sort((one, other) => one.vni - other.vni)
  const vni = [...evpn.vnis].find((one) => one.vni === (wanted ?? vnis[0]?.vni))
  const about = { ...view.place, state: evpn.state, vnis }
  return vni === undefined ? about : { ...about, picture: pictureOf(evpn, vni, view) }
}

function pictureOf(evpn: EvpnCollections, vni: Vni, view: ViewEvpn): EvpnPicture {
  const isOfVni = (entry: { readonly vni?: number }): boolean => entry.vni === vni.vni
  const vteps = [...evpn.vteps].filter(isOfVni)
  const groups = [...evpn.groups].filter(isOfVni)
  // What fails, and then what most traffic goes by, is what has to be seen.
  groups.sort((one, other) => statusRank(one) - statusRank(other) || other.macs - one.macs)
  vteps.sort((one, other) => other.macs - one.macs || other.groups - one.groups || one.id - other.id)
  return {
    vni: vni.vni,
    words: view.words('vnis', vni),
    vteps: vteps.slice(0, mostShown).map((vtep) => vtepOf(vtep, view)),
    vtepsLeft: Math.max(0, vteps.length - mostShown),
    groups: groups.slice(0, mostShown).map((group) => segmentOf(group, view)),
    groupsLeft: Math.max(0, groups.length - mostShown),
    troubles: troublesOf(evpn, isOfVni, view),
  }
}

function statusRank({ status }: Group): number {
  return ['unresolved', 'partial', 'resolved'].indexOf(status)
}

function vtepOf(vtep: Vtep, view: ViewEvpn): EvpnPicture['vteps'][number] {
  const { vni, macs, groups, flood } = vtep
  return { name: remoteName(vtep, vni, view), macs, groups, flood }
}

function segmentOf(group: Group, view: ViewEvpn): EvpnSegment {
  const { vni, nhId, macs, status, reason, paths, failures } = group
  const total = paths.reduce((sum, { weight }) => sum + weight, 0)
  return {
    nhId,
    macs,
    status,
    why: reason,
    paths: paths.map(({ remote, weight }) => ({
      vtep: remoteName(remote, vni, view),
      weight,
      share: Math.round((100 * weight) / total),
    })),
    failures,
  }
}

function remoteName({ ip, port, encapVni, via }: Remote, vni: number, { interfaceName }: ViewEvpn): string {
  return [
    ip,
    port === usualPort ? '' : ` port ${port}`,
    encapVni === vni ? '' : ` encap_vni ${encapVni}`,
    via === undefined ? '' : ` via ${interfaceName(via)}`,
  ].join('')
}

function troublesOf(
  evpn: EvpnCollections,
  isOfVni: (entry: { readonly vni?: number }) => boolean,
  view: ViewEvpn,
): EvpnPicture['troubles'] {
  const troubles: EvpnPicture['troubles'][number][] = []
  for (const { name, trouble } of evpnCollections) {
    // The addresses behind a group that fails are as many as there are hosts.
    if (trouble === undefined || name === 'fdb') continue
    for (const entry of evpn[name] as Iterable<{ readonly vni?: number }>) {
      const found = isOfVni(entry) ? trouble(entry) : undefined
      if (found === undefined) continue
      if (troubles.length >= mostShown) return troubles
      troubles.push({ text: view.words(name, entry).join(' '), why: found.text, all: found.all })
    }
  }
  return troubles
}
