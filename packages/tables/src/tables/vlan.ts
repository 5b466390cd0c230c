import { type Vlan, VlanFlag, VlanState, vlanDefinition, vlanEntries, vlanOwner } from '@rtnl/bridge'
import { anyRules, type TableSync, usage } from '../desired/table-sync.ts'
import { ofDevice } from './filter.ts'
import type { TableModule } from './table-module.ts'

const vlanSync: TableSync = {
  takes: ['dev'],
  ownership: 'All VLANs of the port or bridge --dev are ours.',
  rules: (_options, _entries, link) => anyRules(usage(() => vlanOwner({ ifindex: link?.ifindex ?? 0 }))),
  expand: vlanEntries,
}

/** `BR_STATE_*`, as `bridge` names them. */
const states = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

/** VLANs of ports and bridges, in the words of `bridge vlan`. */
export const vlanModule: TableModule<Vlan> = {
  name: 'vlan',
  aliases: ['vlans'],
  nouns: ['VLAN', 'VLANs'],
  refersTo: ['link'],
  examples: { sync: ['rtnl sync vlan --dev port1 --file vlans.json --keep'] },
  ofDevice: 'a VLAN of it',
  families: ['bridge'],
  inRoutingTables: false,
  references: ({ ifindex }) => ({ interfaces: [ifindex] }),
  values: {
    states: Object.fromEntries(states.map((name, number) => [name, ({ state }: Vlan) => state === number])),
  },
  part: ({ device }) => ({
    definition: vlanDefinition,
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex),
  }),
  words({ ifindex, vid, flags = 0, state, tunnelId, neighSuppress }, names) {
    const words = [`dev ${names.name(ifindex)} vid ${vid}`]
    if ((flags & VlanFlag.PVID) !== 0) words.push('pvid')
    if ((flags & VlanFlag.UNTAGGED) !== 0) words.push('untagged')
    if (tunnelId !== undefined) words.push(`tunnel_info id ${tunnelId}`)
    if (state !== undefined && state !== VlanState.FORWARDING) words.push(`state ${states[state] ?? state}`)
    if (neighSuppress === 1) words.push('neigh_suppress on')
    return words
  },
  sync: vlanSync,
}
