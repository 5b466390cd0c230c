// timeout: 900
import { execFileSync } from 'node:child_process'
import { type Address, AddressFlag, AddressTable, addressDefinition, dumpAddresses } from '@rtnl/address'
import { Follower, patience, runBatch, tries } from '@rtnl/compliance'
import type { Connection } from '@rtnl/netlink-core'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asIpShows, ipAddresses } from '../support/shown.ts'

const random = suite('random operations on addresses')

const operations = tries(3000)
const batchSize = 100

const oneOf = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words)
const perhaps = (...words: string[]): fc.Arbitrary<string> => oneOf('', '', ...words)
const sentence = (...words: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...words).map((all) => all.filter((word) => word !== '').join(' '))

const dev = oneOf('v0', 'v0', 'p0', 'p0', 'lo')
const lifetimes = perhaps(
  ...['', 'valid_lft 1000 preferred_lft 500', 'valid_lft 2 preferred_lft 1', 'valid_lft forever preferred_lft 0'],
)
const number = fc.integer({ min: 1, max: 30 })
const ipv4 = fc.tuple(
  number,
  oneOf('/24', '/16', '/32', ' peer 10.2.0.1/32', ' peer 0.0.0.0', ' peer 10.2.0.2/32', ' peer 10.3.0.2/24'),
)
const ipv6 = fc.tuple(number, oneOf('/64', '/64', '/128', ' peer fd01::1/128', ' peer fd01::2/128'))
const address4 = ipv4.map(([last, rest]) => `10.0.0.${last}${rest}`)
const address6 = ipv6.map(([last, rest]) => `fd00::${last}${rest}`)
const verb = oneOf('addr add', 'addr replace', 'addr replace')
const flags4 = perhaps('noprefixroute', 'scope link', 'scope host', 'broadcast +', 'label NAME:1', 'metric 7')
const flags6 = perhaps('nodad', 'noprefixroute', 'home nodad', 'metric 9', 'nodad mngtmpaddr')
const on = (line: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(line, dev).map(([words, name]) => `${words.replace('NAME', name)} dev ${name}`)
const operation = fc.oneof(
  { weight: 6, arbitrary: on(sentence(verb, address4, flags4, lifetimes)) },
  { weight: 6, arbitrary: on(sentence(verb, address6, flags6, lifetimes)) },
  { weight: 4, arbitrary: on(sentence(oneOf('addr del'), fc.oneof(address4, address6))) },
  {
    weight: 3,
    arbitrary: oneOf(
      ...[
        'link set v0 up',
        'link set v0 up',
        'link set v0 down',
        'link set p0 down',
        'link set p0 up',
        'link set p0 up',
      ],
      ...['link set lo down', 'link set lo up', 'link set v0 name w0\nlink set w0 name v0'],
      ...['link set v0 mtu 1000', 'link set v0 mtu 1400', 'addr flush dev v0', 'addr flush dev p0'],
      ...['link set v0 addrgenmode none', 'link set v0 addrgenmode eui64'],
      'link del p0\nlink add v0 type veth peer name p0',
    ),
  },
)

/** As many lines at a time as `ip` may run in one process: it remembers the indexes of interfaces. */
function runsOf(lines: readonly string[]): string[][] {
  const runs: string[][] = [[]]
  for (const line of lines) {
    for (const each of line.split('\n')) runs.at(-1)!.push(`ip ${each}`)
    if (line.startsWith('link')) runs.push([])
  }
  return runs.filter((run) => run.length > 0)
}

async function dumped(connection: Connection): Promise<Address[]> {
  const entries: Address[] = []
  for (const family of [2, 10]) for await (const batch of dumpAddresses(connection, family)) entries.push(...batch)
  return entries
}

const keyOf = (entry: Address): string => addressDefinition.keyText(entry)

/** @param tentative keys of addresses of which only the key counts */
const texts = (entries: Iterable<Address>, tentative: ReadonlySet<string>): string[] =>
  Array.from(entries, (entry) => {
    const { cacheinfo, ...rest } = entry
    const key = keyOf(entry)
    return tentative.has(key) ? key : `${key} ${JSON.stringify(rest)}`
  }).sort()

random(`what ${operations} leave is what a reader is told, what a dump shows, and what ip says`, async () => {
  const netns = 'random'
  execFileSync('ip', ['netns', 'add', netns])
  execFileSync('ip', ['-n', netns, ...'link add v0 type veth peer name p0'.split(' ')])
  const table = await AddressTable.open({ netns })
  const follower = new Follower(table)
  const lines = fc.sample(operation, { numRuns: operations, seed: 1 })
  try {
    for (let first = 0; first < lines.length; first += batchSize) {
      for (const run of runsOf(lines.slice(first, first + batchSize))) await runBatch(netns, run)
      // The kernel looks for others that have an IPv6 address, and some addresses come to their end: what differs is looked at again.
      const end = performance.now() + patience
      for (let differs = true; differs; ) {
        await table.waitForSync()
        await new Promise((resolve) => setTimeout(resolve, 0))
        const dump = await dumped(table.notifier.connection)
        // The kernel announces no change of an address before its duplicate address detection has ended.
        const tentative = new Set(dump.filter(({ flags = 0 }) => (flags & AddressFlag.TENTATIVE) !== 0).map(keyOf))
        const [held, fresh] = [texts(table, tentative), texts(dump, tentative)]
        const folded = texts(follower.entries.values(), tentative)
        const shown = ipAddresses(netns)
          .filter((text) => !text.includes('["tentative",true]'))
          .sort()
        const ours = [...table]
          .filter((entry) => !tentative.has(keyOf(entry)))
          .map(asIpShows)
          .sort()
        differs = [held, ours, folded].join() !== [fresh, shown, held].join()
        if (!differs || performance.now() < end) continue
        assert.equal(held, fresh, `table and dump after ${first + batchSize} operations`)
        assert.equal(ours, shown, 'table and ip')
        assert.equal(folded, held, 'fold and table')
      }
      assert.equal(follower.misfits, [])
    }
    assert.ok(table.size > 3)
  } finally {
    await follower.stop()
    table.close()
    execFileSync('ip', ['netns', 'delete', netns])
  }
})

random.run()
