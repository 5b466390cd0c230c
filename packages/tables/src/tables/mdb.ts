import { type Mdb, MdbFlag, MdbMode, MdbState, mdbDefinition, mdbOwner } from '@rtnl/bridge'
import { anyRules, type TableSync, usage } from '../desired/table-sync.ts'
import { hostPrefix } from './address-range.ts'
import { ofDevice } from './filter.ts'
import { protocolName } from './names.ts'
import type { TableModule } from './table-module.ts'

/** In the order in which `bridge` prints them. */
const flagNames = [
  [MdbFlag.OFFLOAD, 'offload'],
  [MdbFlag.FAST_LEAVE, 'fast_leave'],
  [MdbFlag.STAR_EXCL, 'added_by_star_ex'],
  [MdbFlag.BLOCKED, 'blocked'],
  [MdbFlag.OFFLOAD_FAILED, 'offload_failed'],
] as const

const mdbSync: TableSync = {
  takes: ['dev', 'protocol'],
  ownership:
    'Multicast groups at the ports of the bridge --dev are ours by --protocol or, without it, if a program has added them (static).',
  rules: ({ protocol }, _entries, link) => anyRules(usage(() => mdbOwner({ ifindex: link?.ifindex ?? 0, protocol }))),
}

/** Multicast groups at the ports of bridges, as `bridge -d mdb` prints them, without timers. */
export const mdbModule: TableModule<Mdb> = {
  name: 'mdb',
  aliases: [],
  nouns: ['multicast group', 'multicast groups'],
  refersTo: ['link'],
  examples: { sync: ['rtnl sync mdb --dev br0 --file groups.json --keep'] },
  ofDevice: 'a multicast group at it or of the bridge that it is',
  families: ['bridge'],
  inRoutingTables: false,
  references: ({ ifindex, port, viaIfindex }) => ({ interfaces: [ifindex, port, viaIfindex] }),
  values: {
    prefix: ({ group = '' }) => hostPrefix(group),
    protocol: ({ protocol }) => protocol,
    states: {
      permanent: ({ state }) => state === MdbState.PERMANENT,
      temp: ({ state }) => state !== MdbState.PERMANENT,
    },
  },
  part: ({ device }) => ({
    definition: mdbDefinition,
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex || entry.port === ifindex),
  }),
  naming: ['src', 'vid'],
  words(entry, names) {
    const { ifindex, port = 0, group, source, state, sources, groupMode, protocol, flags = 0, vid } = entry
    const words = [`dev ${names.name(ifindex)} port ${names.name(port)} grp ${group}`]
    if (source !== undefined) words.push(`src ${source}`)
    words.push(state === MdbState.PERMANENT ? 'permanent' : 'temp')
    if (groupMode !== undefined) words.push(`filter_mode ${groupMode === MdbMode.INCLUDE ? 'include' : 'exclude'}`)
    if (sources !== undefined) words.push(`source_list ${sources.map(({ address }) => address).join()}`)
    if (protocol !== undefined) words.push(`proto ${protocolName(protocol)}`)
    for (const [flag, name] of flagNames) if ((flags & flag) !== 0) words.push(name)
    if (vid !== undefined) words.push(`vid ${vid}`)
    words.push(...tunnelWords(entry, (index) => names.name(index)))
    return words
  },
  sync: mdbSync,
}

/** Where a vxlan sends a group. */
function tunnelWords({ dst, dstPort, vni, viaIfindex, srcVni }: Mdb, name: (ifindex: number) => string): string[] {
  const words: string[] = []
  if (dst !== undefined) words.push(`dst ${dst}`)
  if (dstPort !== undefined) words.push(`dst_port ${dstPort}`)
  if (vni !== undefined) words.push(`vni ${vni}`)
  if (srcVni !== undefined) words.push(`src_vni ${srcVni}`)
  if (viaIfindex !== undefined) words.push(`via ${name(viaIfindex)}`)
  return words
}
