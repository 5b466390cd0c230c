import type { Arp, Fdb, Flood, Group, Notice, Path, Remote, Unresolved, Vni, Vtep } from '@rtnl/evpn'
import { UsageError } from '../usage-error.ts'
import type { InterfaceNames } from './interface-names.ts'
import { protocolName } from './names.ts'

/** What the commands need to know of a collection of `Evpn`. */
export interface EvpnCollection<Entry> {
  /** As on the command line. */
  readonly name: 'vnis' | 'vteps' | 'floods' | 'groups' | 'fdb' | 'arps' | 'unresolved' | 'notices'
  /** What its entries are, for the help. */
  readonly about: string
  /** Prints an entry as one line, without what is wrong with it. */
  words(entry: Entry, names: InterfaceNames): readonly (string | undefined)[]
  /** What is wrong with an entry. */
  trouble?(entry: Entry): EvpnTrouble | undefined
}

/** Why an entry does not lead where it should. */
export interface EvpnTrouble {
  /** Whether nothing works, and not just a part. */
  readonly all: boolean
  /** A sentence for people. */
  readonly text: string
}

const vnis: EvpnCollection<Vni> = {
  name: 'vnis',
  about: 'virtual networks',
  words: ({ vni, devices, bridge, vlan, svi, vrf, local, ports }, names) => [
    `vni ${vni}`,
    devicesText(devices, names),
    word('bridge', bridge && names.name(bridge)),
    word('vlan', vlan),
    word('svi', svi && names.name(svi)),
    word('vrf', vrf && names.name(vrf)),
    word('local', local.join(',') || undefined),
    word('port', ports.join(',') || undefined),
  ],
}

const vteps: EvpnCollection<Vtep> = {
  name: 'vteps',
  about: 'remote tunnel endpoints',
  words: ({ vni, id, flood, macs, groups, devices, ...remote }, names) => [
    `vni ${vni}`,
    `vtep ${remoteText(remote, vni, names)}`,
    devicesText(devices, names),
    `id 0x${id.toString(16)}`,
    `macs ${macs}`,
    `groups ${groups}`,
    flood ? 'flood' : undefined,
  ],
}

const floods: EvpnCollection<Flood> = {
  name: 'floods',
  about: 'where broadcasts go',
  words: ({ vni, ifindex, kind, remote, nhId }, names) => [
    `vni ${vni}`,
    `dev ${names.name(ifindex)}`,
    remote && `${kind} ${remoteText(remote, vni, names)}`,
    word('nhid', nhId),
  ],
}

const groups: EvpnCollection<Group> = {
  name: 'groups',
  about: 'groups of nexthops: Ethernet segments',
  words: ({ vni, nhId, devices, paths, macs }, names) => [
    `vni ${vni}`,
    `nhid ${nhId}`,
    devicesText(devices, names),
    ...pathWords(paths, vni, names),
    `macs ${macs}`,
  ],
  trouble: ({ status, reason, failures }) =>
    status === 'resolved'
      ? undefined
      : {
          all: status === 'unresolved',
          text: [status, reason, ...failures.map((failure) => `nexthop ${failure.member} ${failure.reason}`)]
            .filter((text) => text !== undefined)
            .join(', '),
        },
}

const fdb: EvpnCollection<Fdb> = {
  name: 'fdb',
  about: 'remote MACs and the paths to them',
  words: ({ vni, mac, ifindex, nhId, paths, sticky, origin, shadowedBy }, names) => [
    `vni ${vni}`,
    mac,
    `dev ${names.name(ifindex)}`,
    word('nhid', nhId),
    ...pathWords(paths, vni, names),
    sticky ? 'sticky' : undefined,
    originWords[origin],
    word('shadowed_by', shadowedBy && names.name(shadowedBy)),
  ],
  trouble: ({ status }) => (status === 'resolved' ? undefined : { all: status === 'unresolved', text: status }),
}

const arps: EvpnCollection<Arp> = {
  name: 'arps',
  about: 'remote IP addresses and their MACs',
  words: ({ vni, ip, mac, ifindex, router, role, protocol }, names) => [
    `vni ${vni}`,
    ip,
    `dev ${names.name(ifindex)}`,
    `lladdr ${mac}`,
    router ? 'router' : undefined,
    role,
    word('proto', protocol && protocolName(protocol)),
  ],
}

const unresolved: EvpnCollection<Unresolved> = {
  name: 'unresolved',
  about: 'rows that lead nowhere, and why',
  words: (entry, names) => [word('vni', entry.vni), rowText(entry, names)],
  trouble: ({ reason, text }) => ({ all: true, text: `${reason}: ${text}` }),
}

const notices: EvpnCollection<Notice> = {
  name: 'notices',
  about: 'what works otherwise than a speaker means it',
  words: ({ vni, ifindex }, names) => [`vni ${vni}`, word('dev', ifindex && names.name(ifindex))],
  trouble: ({ kind, text }) => ({ all: false, text: `${kind}: ${text}` }),
}

/** In the order in which they are printed. The commands give an entry only to the collection that it is from. */
export const evpnCollections = [
  vnis,
  vteps,
  floods,
  groups,
  fdb,
  arps,
  unresolved,
  notices,
] as readonly EvpnCollection<unknown>[]

/** @throws {UsageError} there is no such collection */
export function findEvpnCollection(text: string): EvpnCollection<unknown> {
  const found = evpnCollections.find(({ name }) => name === text)
  if (found !== undefined) return found
  throw new UsageError(
    `there is no collection '${text}'; the collections are: ${evpnCollections.map(({ name }) => name).join(', ')}`,
  )
}

/** The line of an entry without what is wrong with it, without spaces at its end. */
export function evpnText(collection: EvpnCollection<unknown>, entry: unknown, names: InterfaceNames): string {
  return evpnWords(collection, entry, names).join(' ')
}

/** What is otherwise in an entry that changed, as it was: empty where there was only less. */
export function evpnDifference(
  collection: EvpnCollection<unknown>,
  old: unknown,
  entry: unknown,
  names: InterfaceNames,
): string {
  const now = new Set(evpnWords(collection, entry, names))
  return evpnWords(collection, old, names)
    .filter((text) => !now.has(text))
    .join(' ')
}

/** The names of fields that say which entry it is, beside the VNI. */
export const evpnNaming = ['vtep', 'dev', 'nhid', 'bare address'] as const

/** The phrases of an entry without what is wrong with it. */
export function evpnWords(collection: EvpnCollection<unknown>, entry: unknown, names: InterfaceNames): string[] {
  return collection.words(entry, names).flatMap((text) => (text === undefined || text === '' ? [] : [text]))
}

const originWords = { controlPlane: 'extern_learn', static: 'static', learned: 'learned' } as const

function word(name: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`
}

function devicesText(devices: readonly number[], names: InterfaceNames): string {
  return `dev ${devices.map((ifindex) => names.name(ifindex)).join(',')}`
}

/** A row that leads nowhere, by its key, in the words of `bridge` and `ip`. Keys have the interface as an index. */
function rowText({ table, row }: Unresolved, names: InterfaceNames): string {
  if (table === 'segment') return `segment ${row}`
  const [first = '', second = '', ...rest] = row.split(' ')
  if (table === 'nexthop') return `nhid ${second} member ${rest.join(' ')}`
  const via = rest.indexOf('via') + 1
  if (via > 0) rest[via] = names.name(Number(rest[via]))
  return [table, second, 'dev', names.name(Number(first)), ...rest].join(' ')
}

/** The port of VXLAN (IANA), which goes without saying. */
const usualPort = 4789

/** An address with its port, if that is not the usual one, and with the VNI on the wire where that is another one. */
function remoteText({ ip, port, encapVni, via }: Remote, vni: number, names: InterfaceNames): string {
  return [
    ip,
    word('port', port === usualPort ? undefined : port),
    word('encap_vni', encapVni === vni ? undefined : encapVni),
    word('via', via && names.name(via)),
  ]
    .filter((text) => text !== undefined)
    .join(' ')
}

/** Each path, and where there are several, its share of the traffic. */
function pathWords(paths: readonly Path[], vni: number, names: InterfaceNames): string[] {
  const total = paths.reduce((sum, { weight }) => sum + weight, 0)
  return paths.map(({ remote, weight }) => {
    const share = paths.length > 1 ? ` weight ${weight} (${Math.round((100 * weight) / total)} %)` : ''
    return `dst ${remoteText(remote, vni, names)}${share}`
  })
}
