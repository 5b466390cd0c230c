import { type Nexthop, NexthopGroupType, nexthopDefinition, nexthopOwner } from '@rtnl/nexthop'
import { anyRules, usage } from '../desired/table-sync.ts'
import { UsageError } from '../usage-error.ts'
import { encapsulationText } from './encapsulation.ts'
import { type ChosenInterface, ofDevice } from './filter.ts'
import type { InterfaceNames } from './interface-names.ts'
import { nexthopFlagNames, protocolName, scopeName } from './names.ts'
import { generalNumber, ticksPerSecond } from './number-text.ts'
import type { TableModule } from './table-module.ts'

const groupTypes = new Map<number, string>([[NexthopGroupType.RES, 'resilient']])

/** Nexthop objects and groups, as `ip nexthop` prints them. */
export const nexthopModule: TableModule<Nexthop> = {
  name: 'nexthop',
  aliases: ['nexthops', 'nh'],
  nouns: ['nexthop', 'nexthops'],
  refersTo: ['link'],
  examples: {
    show: ['rtnl show nexthop --json --netns blue'],
    watch: ['rtnl watch nexthop --json | jq -c \'select(.cause == "inferred")\''],
    sync: ['rtnl sync nexthop --file groups.json --protocol 84 --dry-run'],
  },
  ofDevice: 'a nexthop that goes out of it',
  families: ['inet', 'inet6'],
  inRoutingTables: false,
  references: ({ oif, group = [] }) => ({ interfaces: [oif], nexthops: group.map(({ id }) => id) }),
  identity: ({ id }) => ({ nexthop: id }),
  values: { protocol: ({ protocol }) => protocol, id: ({ id }) => id },
  part: ({ family, device }) => ({
    definition: nexthopDefinition,
    shows: shown(family, device),
  }),
  words: (entry, names) => [`id ${entry.id}`, ...groupWords(entry), ...pathWords(entry, names)],
  sync: {
    takes: ['protocol'],
    ownership: 'Nexthops are ours by --protocol, which they need.',
    rules({ protocol, additive }) {
      if (additive === true && protocol !== undefined) {
        throw new UsageError('--additive writes nexthops of every protocol: --protocol does not go with it')
      }
      if (additive === true) return anyRules(nexthopOwner({ additive }))
      return anyRules(usage(() => nexthopOwner({ protocol: protocol! })))
    },
  },
}

/** Groups have no family and no interface of their own. */
function shown(
  family: number | undefined,
  device: ChosenInterface | undefined,
): ((entry: Nexthop) => boolean) | undefined {
  const isOf = ofDevice<Nexthop>(device, ({ oif }, { ifindex }) => oif === ifindex)
  if (family === undefined) return isOf
  return (entry) => entry.family === family && isOf?.(entry) !== false
}

function groupWords({ group, groupType, resGroup }: Nexthop): string[] {
  const words: string[] = []
  if (group !== undefined) {
    words.push(`group ${group.map(({ id, weight }) => (weight === 1 ? id : `${id},${weight}`)).join('/')}`)
  }
  // Text has no word for the ordinary type.
  if (groupType !== undefined && groupType !== NexthopGroupType.MPATH) {
    words.push(`type ${groupTypes.get(groupType) ?? '<unknown type>'}`)
  }
  if (resGroup !== undefined) {
    words.push(
      `buckets ${resGroup.buckets ?? 0}`,
      `idle_timer ${seconds(resGroup.idleTimer)}`,
      `unbalanced_timer ${seconds(resGroup.unbalancedTimer)}`,
      `unbalanced_time ${seconds(resGroup.unbalancedTime)}`,
    )
  }
  return words
}

function pathWords(entry: Nexthop, names: InterfaceNames): string[] {
  const words = entry.encap === undefined ? [] : [encapsulationText(entry.encapType, entry.encap, names)]
  if (entry.gateway !== undefined) words.push(`via ${entry.gateway}`)
  if (entry.oif !== undefined) words.push(`dev ${names.name(entry.oif)}`)
  if (entry.scope !== 0) words.push(`scope ${scopeName(entry.scope)}`)
  if (entry.blackhole === true) words.push('blackhole')
  if (entry.protocol !== 0) words.push(`proto ${protocolName(entry.protocol)}`)
  words.push(...nexthopFlagNames(entry.flags))
  if (entry.fdb === true) words.push('fdb')
  return words
}

function seconds(ticks = 0): string {
  return generalNumber(ticks / ticksPerSecond)
}
