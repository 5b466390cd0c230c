import { tries } from '@rtnl/compliance'
import { type Link, LinkTable } from '@rtnl/link'
import { fdbOwner, type Neighbor, neighborOwner } from '@rtnl/neighbor'
import { NetlinkError } from '@rtnl/netlink-core'
import { type DesiredEntry, type ReconcileRules, reconcile, UnmetError, WaitingError } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex, inNetns, ip, play, show, state } from '../support/netns.ts'

const ranges = suite('values at and beyond the ends of their ranges')

/** What a file or a program in JavaScript may have in any field. */
const junk = [null, true, '', 'junk', '4', [], {}, -1, 1.5, Number.NaN, 2 ** 32, Number.MAX_SAFE_INTEGER]
const numbers = [0, 1, 2, 4, 8, 16, 32, 64, 66, 80, 128, 192, 194, 255, 256]
const values: Readonly<Record<string, readonly unknown[]>> = {
  family: [2, 7, 10, 'inet', 'bridge'],
  ifindex: [0, 1, 2 ** 31 - 1, 2 ** 31, 'v0', 'vx0'],
  state: [...numbers, 'static', 'permanent', 'noarp', 'reachable', ['NOARP', 'PERMANENT']],
  flags: [...numbers, 'extern_learn', ['router', 'sticky'], 'self', 'master', 'proxy'],
  type: numbers,
  dst: [
    '10.0.0.2',
    '10.0.0.255',
    '10.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    'fd00::2',
    'FD00::3',
    '::',
    'ff02::1',
  ],
  lladdr: [
    '02:00:00:00:AA:01',
    '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
    '03:00:00:00:00:01',
    '02:00:00:01',
    '02:00:00:00:00:00:00:01',
  ],
  vlan: [0, 1, 4094, 4095, 65535, 65536],
  port: [0, 1, 4789, 65535, 65536],
  vni: [0, 1, 10, 2 ** 24 - 1, 2 ** 24],
  srcVni: [0, 1, 10, 2 ** 24 - 1, 2 ** 24],
  viaIfindex: [0, 1, 2 ** 31 - 1, 2 ** 31],
  nhId: [0, 1, 10, 2 ** 32 - 1],
  master: [0, 1, 3, 'br0'],
  protocol: [0, 1, 84, 255, 256, 'zebra'],
  flagsExt: [0, 1, 2, 4, 8, 'managed'],
  vnni: [1],
}

const ofNeighbors = ['state', 'flags', 'dst', 'lladdr', 'protocol', 'flagsExt']
const ofRemotes = ['state', 'flags', 'dst', 'lladdr', 'port', 'vni', 'srcVni', 'viaIfindex']
const ofAddresses = ['state', 'flags', 'lladdr', 'master']

/** @param fields those that such entries have, which are the most frequent */
const anyEntry = (usual: DesiredEntry<Neighbor>, fields: readonly string[]): fc.Arbitrary<DesiredEntry<Neighbor>> => {
  const often = Array.from({ length: 12 }, () => fields).flat()
  const field = fc.constantFrom(...often, ...Object.keys(values)).chain((name) => {
    const fitting = Array.from({ length: 4 }, () => values[name]!).flat()
    return fc.tuple(fc.constant(name), fc.constantFrom(...fitting, ...junk))
  })
  return fc
    .array(field, { minLength: 1, maxLength: 2 })
    .map((chosen) => ({ ...usual, ...Object.fromEntries(chosen) }) as DesiredEntry<Neighbor>)
}

interface Shown {
  readonly lladdr?: string
  readonly mac?: string
  readonly state: string | readonly string[]
}

/**
 * Whether the kernel makes just such a neighbour by itself and in silence: for an address of the interface, or a broadcast
 * address, with the hardware address that everybody hears, or with none. Whoever wants it cannot see that it is there.
 */
function looksKernelMade({ dst, lladdr }: DesiredEntry<Neighbor>): boolean {
  return ['10.0.0.1', '10.0.0.255'].includes(String(dst)) && /^(ff:){5}ff$|^(00:){5}00$/.test(String(lladdr))
}

async function linkOf(netns: string, name: string): Promise<Link> {
  await using links = await LinkTable.open({ netns })
  return links.get({ ifindex: ifindex(netns, name) })!
}

ranges('are read back as they were wanted, or refused by name before anything is sent', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'link set p0 master br0',
      'link add vx1 type vxlan external dstport 4790',
      'link set vx1 up',
      'nexthop add id 1 via 10.0.0.2 fdb',
      'nexthop add id 10 group 1 fdb',
      state('br0', 'UP'),
    ])
    const [vx0, vx1, p0] = [await linkOf(netns, 'vx0'), await linkOf(netns, 'vx1'), await linkOf(netns, 'p0')]
    const v0 = ifindex(netns, 'v0')
    const lladdr = '02:00:00:00:aa:01'
    type Owner = readonly [
      rules: ReconcileRules<Neighbor, DesiredEntry<Neighbor>>,
      usual: DesiredEntry<Neighbor>,
      fields: readonly string[],
    ]
    const owners: readonly Owner[] = [
      [neighborOwner({ ifindex: v0 }), { dst: '10.0.0.2', lladdr }, ofNeighbors],
      [neighborOwner({ ifindex: v0, protocol: 84 }), { dst: '10.0.0.2', lladdr }, ofNeighbors],
      [fdbOwner(vx0), { lladdr, dst: '10.0.0.2' }, ofRemotes],
      [fdbOwner(vx0), { lladdr, nhId: 10 }, ['state', 'flags', 'lladdr', 'nhId']],
      [fdbOwner(vx1), { lladdr, dst: '10.0.0.2', srcVni: 5 }, ofRemotes],
      [fdbOwner(p0), { lladdr }, ofAddresses],
    ]
    // The kernel itself adds group addresses, and what a bridge learns, whenever it likes.
    const all = (): unknown[] =>
      [
        ...show<Shown>('ip', netns, 'neigh show nud permanent nud noarp'),
        ...show<Shown>('bridge', netns, '-d fdb show'),
      ].filter(({ lladdr: address, mac = address ?? '', state }) => state !== '' && !/^(33:33|01:00:5e):/.test(mac))
    const counts = { refused: 0, shown: 0 }
    for (const [rules, usual, fields] of owners) {
      await fc.assert(
        fc.asyncProperty(anyEntry(usual, fields), async (entry) => {
          const before = all()
          try {
            const { failed, conflicts } = await reconcile(rules, [entry], { netns })
            assert.equal(conflicts, [])
            // The kernel may say no, but it may not say yes and do something else.
            // A name that no interface has is waited for, and nothing is sent.
            for (const { error } of failed) {
              if (error instanceof UnmetError && looksKernelMade(entry)) ip(`-n ${netns} neigh del ${entry.dst} dev v0`)
              else assert.ok(error instanceof NetlinkError || error instanceof WaitingError, error.message)
            }
            if (failed.length === 0) {
              counts.shown++
              assert.is((await reconcile(rules, [entry], { netns })).changes, 0)
              assert.is((await reconcile(rules, [], { netns })).removed, 1)
            }
          } catch (error) {
            if (!(error instanceof TypeError || error instanceof RangeError)) throw error
            counts.refused++
            assert.match(error.message, /^\[0\]\.\w+: ./)
          }
          assert.equal(all(), before)
        }),
        { numRuns: tries(100) },
      )
    }
    assert.ok(counts.refused > 5 && counts.shown > 5, JSON.stringify(counts))
  }),
)

ranges.run()
