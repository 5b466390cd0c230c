import { readdirSync } from 'node:fs'
import { LinkTable } from '@rtnl/link'
import { type NumberNames, routingProtocols, routingTables } from '@rtnl/names'
import { Notifier } from '@rtnl/notifier'
import { RuleTable } from '@rtnl/rule'
import { evpnCollections, stateNames, tables, writableTables } from '@rtnl/tables'
import type { Candidate, ValueSource } from './candidates.ts'

/** Where `ip netns` keeps the names of namespaces. */
const namespaceFolder = '/run/netns'

/** Values as they are now: interfaces of the namespace, routing tables that rules and VRFs use, names in files. */
export const liveValues: ValueSource = {
  async ofOption(name, given) {
    switch (name) {
      case 'dev':
        return await interfaces(given.get('netns'))
      case 'netns':
        return namespaces()
      case 'table':
        return [...namesOf(routingTables, 'routing table'), ...(await tablesInUse(given.get('netns')))]
      case 'protocol':
        return namesOf(routingProtocols, 'protocol')
      case 'state':
        return stateNames.map((value) => ({ value, about: 'state' }))
      default:
        return []
    }
  },
  ofArgument(name, command) {
    switch (name) {
      case 'table':
      case 'tables':
        return (command === 'sync' ? writableTables : tables).map(({ name: value, nouns }) => ({
          value,
          about: nouns[1],
        }))
      case 'collections':
        return evpnCollections.map(({ name: value, about }) => ({ value, about }))
      default:
        return []
    }
  },
}

async function interfaces(netns: string | undefined): Promise<Candidate[]> {
  await using notifier = await Notifier.open({ netns })
  await using links = await LinkTable.open({ notifier })
  return [...links].flatMap(({ ifname, altnames = [], kind = 'interface' }) =>
    [...(ifname === undefined ? [] : [ifname]), ...altnames].map((value) => ({ value, about: kind })),
  )
}

/** By number: only these are in use without a name. */
async function tablesInUse(netns: string | undefined): Promise<Candidate[]> {
  await using notifier = await Notifier.open({ netns })
  await using links = await LinkTable.open({ notifier })
  await using rules = await RuleTable.open({ notifier })
  const ofVrfs = [...links].flatMap(({ ifname = '', vrf }) =>
    vrf?.table === undefined ? [] : [[vrf.table, `routing table of VRF ${ifname}`] as const],
  )
  const ofRules = [...rules].flatMap(({ table }) =>
    table === undefined ? [] : [[table, 'routing table that a rule looks up'] as const],
  )
  return [...new Map([...ofRules, ...ofVrfs])].flatMap(([table, about]) =>
    routingTables.nameOf(table) === String(table) ? [{ value: String(table), about }] : [],
  )
}

function namespaces(): Candidate[] {
  try {
    return readdirSync(namespaceFolder).map((value) => ({ value, about: 'network namespace' }))
  } catch {
    return []
  }
}

/** What has a name, but for 0, which is none. */
function namesOf(names: NumberNames, about: string): Candidate[] {
  return [...names.entries()].flatMap(([number, value]) =>
    number === 0 ? [] : [{ value, about: `${about} ${number}` }],
  )
}
