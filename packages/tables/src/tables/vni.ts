import { type Vni, vniDefinition, vniEntries, vniOwner } from '@rtnl/bridge'
import { anyRules, type TableSync, usage } from '../desired/table-sync.ts'
import { ofDevice } from './filter.ts'
import type { TableModule } from './table-module.ts'

const vniSync: TableSync = {
  takes: ['dev'],
  ownership: 'All VNIs of --dev are ours.',
  rules: (_options, _entries, link) => anyRules(usage(() => vniOwner({ ifindex: link?.ifindex ?? 0 }))),
  expand: vniEntries,
}

/** The VNIs that vxlans with a filter take, in the words of `bridge vni`. */
export const vniModule: TableModule<Vni> = {
  name: 'vni',
  aliases: ['vnis'],
  nouns: ['VNI', 'VNIs'],
  refersTo: ['link'],
  examples: { sync: ['rtnl sync vni --dev vxlan0 --file vnis.json --keep'] },
  ofDevice: 'a VNI of it',
  families: ['bridge'],
  inRoutingTables: false,
  references: ({ ifindex }) => ({ interfaces: [ifindex] }),
  values: {},
  part: ({ device }) => ({
    definition: vniDefinition,
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex),
  }),
  words({ ifindex, vni, group }, names) {
    const words = [`dev ${names.name(ifindex)} vni ${vni}`]
    if (group !== undefined) words.push(`${isMulticast(group) ? 'group' : 'remote'} ${group}`)
    return words
  },
  sync: vniSync,
}

/** Whether an address is that of a multicast group: 224.0.0.0/4 or ff00::/8. */
function isMulticast(address: string): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(address)
}
