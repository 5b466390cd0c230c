import { dumpAddresses } from '@rtnl/address'
import { routingProtocols } from '@rtnl/names'
import { dumpNeighbors } from '@rtnl/neighbor'
import { AddressFamily, type Connection } from '@rtnl/netlink-core'
import { dumpNexthops } from '@rtnl/nexthop'
import { dumpRoutes } from '@rtnl/route'
import { dumpRules } from '@rtnl/rule'
import { addressModule, neighborModule, nexthopModule, routeModule, ruleModule } from '@rtnl/tables'
import { countOf } from '../../output/count.ts'
import type { Check, CheckGroup } from '../check.ts'
import { type Program, rtnetlinkPrograms } from '../netlink-sockets.ts'

type Batches = AsyncIterable<readonly { readonly protocol?: number | undefined }[]>

interface Source {
  readonly nouns: readonly [one: string, many: string]
  /** One dump, or one of each family. */
  dumps(connection: Connection): readonly Batches[]
}

const families = [AddressFamily.INET, AddressFamily.INET6]

/** What has a protocol. */
const sources: readonly Source[] = [
  { nouns: routeModule.nouns, dumps: (connection) => [dumpRoutes(connection)] },
  { nouns: ruleModule.nouns, dumps: (connection) => families.map((family) => dumpRules(connection, family)) },
  { nouns: nexthopModule.nouns, dumps: (connection) => [dumpNexthops(connection)] },
  { nouns: neighborModule.nouns, dumps: (connection) => [dumpNeighbors(connection)] },
  {
    nouns: addressModule.nouns,
    dumps: (connection) => families.map((family) => dumpAddresses(connection, family)),
  },
]

/** Protocols with a number below this are those of the kernel, of administrators and of known daemons (`rtnetlink.h`). */
const firstFree = 43
/** Daemons that have a number beyond. */
const taken: ReadonlySet<number> = new Set([99, 186, 187, 188, 189, 192])

/** Whose entries there are, and who else may own those of the protocol that a program is to use. */
export const protocolGroup: CheckGroup = {
  ids: ['owner.protocol'],
  async examine(patient) {
    const found = await countAll(patient.connection())
    const { protocol } = patient
    return [protocol === undefined ? overview(found) : judgeProtocol(protocol, found, rtnetlinkPrograms())]
  },
}

/** How many entries of each protocol there are, by the nouns of their table. */
type Found = ReadonlyMap<Source['nouns'], ReadonlyMap<number, number>>

async function countAll(connection: Connection): Promise<Found> {
  const found = new Map<Source['nouns'], Map<number, number>>()
  for (const { nouns, dumps } of sources) {
    const numbers = new Map<number, number>()
    for (const dump of dumps(connection)) {
      for await (const batch of dump) {
        for (const { protocol = 0 } of batch) numbers.set(protocol, (numbers.get(protocol) ?? 0) + 1)
      }
    }
    found.set(nouns, numbers)
  }
  return found
}

function overview(found: Found): Check {
  const protocols = [...new Set([...found.values()].flatMap((numbers) => [...numbers.keys()]))]
  const value = Object.fromEntries(
    protocols
      .filter((protocol) => protocol !== 0)
      .sort((a, b) => a - b)
      .map((protocol) => [protocol, of(protocol, found)]),
  )
  const list = Object.keys(value).map((protocol) => routingProtocols.nameOf(Number(protocol)))
  const text = `entries here are of the protocols ${list.join(', ') || '(none)'}; --protocol says more of one`
  return { id: 'owner.protocol', level: 'green', text, value }
}

function of(protocol: number, found: Found): Record<string, number> {
  const counts = [...found].map(([[, many], numbers]): [string, number] => [many, numbers.get(protocol) ?? 0])
  return Object.fromEntries(counts.filter(([, number]) => number > 0))
}

function judgeProtocol(protocol: number, found: Found, programs: readonly Program[]): Check {
  const id = 'owner.protocol'
  const name = routingProtocols.nameOf(protocol)
  const sayers = programs.filter(({ words }) => isStartedWith(words, protocol))
  const value = {
    protocol,
    entries: of(protocol, found),
    programs: sayers.map(({ pid, name }) => ({ pid: pid ?? null, name })),
  }
  const counts = [...found].flatMap(([nouns, numbers]) => {
    const number = numbers.get(protocol) ?? 0
    return number === 0 ? [] : [countOf(number, nouns)]
  })
  const entries = counts.length === 0 ? 'no entry here has it' : `${counts.join(', ')} here, which rtnl sync would own`
  const title = name === String(protocol) ? `protocol ${protocol}` : `protocol ${name} (${protocol})`
  const other = `another number, such as 84, with a name of its own in /etc/iproute2/rt_protos.d`
  if (sayers.length > 0) {
    const list = sayers.map((program) => `${program.name} (process ${program.pid})`)
    const text = `${title}: ${entries}; started with --protocol ${name}: ${list.join(', ')}. Two owners undo each other's changes`
    return { id, level: 'yellow', text, todo: `stop one of them, or use ${other}`, value }
  }
  if (protocol < firstFree || taken.has(protocol)) {
    const text = `${title}: ${entries}; the number is that of the kernel or of a known program, whose entries would be owned`
    return { id, level: 'yellow', text, todo: `use ${other}`, value }
  }
  return { id, level: 'green', text: `${title}: ${entries}; no other program here was started with it`, value }
}

/** Whether the words of a command name the protocol, by its number or its name. */
function isStartedWith(words: readonly string[], protocol: number): boolean {
  return words.some((word, place) => {
    const text = word.startsWith('--protocol=')
      ? word.slice('--protocol='.length)
      : words[place - 1] === '--protocol'
        ? word
        : ''
    return text !== '' && (routingProtocols.numberOf(text) ?? Number(text)) === protocol
  })
}
