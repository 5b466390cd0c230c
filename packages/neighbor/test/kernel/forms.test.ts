import { sampled } from '@rtnl/compliance'
import { type Link, LinkTable } from '@rtnl/link'
import {
  dumpFdb,
  dumpNeighbors,
  fdbOwner,
  type Neighbor,
  NeighborMessage,
  NeighborState,
  neighborMessage,
  neighborOwner,
} from '@rtnl/neighbor'
import { AddressFamily, Connection, MessageFlag, NetlinkError } from '@rtnl/netlink-core'
import { type DesiredEntry, keep, noInterfaces, type ReconcileRules, type Strategy } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex, inNetns, play, show, until } from '../support/netns.ts'

const forms = suite('forms of neighbours and forwarding entries')

type Rules = ReconcileRules<Neighbor, DesiredEntry<Neighbor>>

async function linkOf(netns: string, name: string): Promise<Link> {
  await using links = await LinkTable.open({ netns })
  return links.get({ ifindex: ifindex(netns, name) })!
}

const lladdr = '02:00:00:00:aa:01'
const neighborStates = [0, 1, 2, 4, 0x20, 0x40, 0x42, 0x80, 0xc0]
const fdbStates = [0, 2, 4, 0x40, 0x42, 0x80, 0x82, 0xc0, 0xc2]

/** All that may be asked of the kernel for one entry, whether it takes it or not. */
function combinations({
  states,
  flags,
  flagsExt,
}: Pick<Kind, 'states' | 'flags' | 'flagsExt'>): { state: number; flags: number; flagsExt: number }[] {
  return states.flatMap((state) =>
    flags.flatMap((each) => flagsExt.map((extended) => ({ state, flags: each, flagsExt: extended }))),
  )
}

interface Kind {
  /** Entries that are asked for with what `asked` says may be ours. */
  readonly ours: boolean
  /** Rules that recognize entries by themselves, and rules that leave it to those who keep. */
  readonly marked: Rules
  readonly additive: Rules
  /** The rest of an entry. */
  readonly entry: Partial<Neighbor>
  /** As much of it as a request needs that is not made by the rules. */
  readonly asked: Partial<Neighbor>
  readonly states: readonly number[]
  readonly flags: readonly number[]
  readonly flagsExt: readonly number[]
  /** The entry, as the kernel holds it. */
  actual(): Promise<Neighbor | undefined>
}

/** Calls a test with every kind of entries that can be kept. */
async function eachKind(
  test: (
    kind: Kind,
    send: (type: number, flags: number, entry: Partial<Neighbor>) => Promise<boolean>,
  ) => Promise<void>,
): Promise<void> {
  await inNetns(async (netns) => {
    await play(netns, ['link set p0 master br0', 'link set p1 master br0'])
    const [vx0, p0] = [await linkOf(netns, 'vx0'), await linkOf(netns, 'p0')]
    const [v0, p1, br0] = ['v0', 'p1', 'br0'].map((name) => ifindex(netns, name))
    const connection = await Connection.open({ netns })
    const send = async (type: number, flags: number, entry: Partial<Neighbor>): Promise<boolean> => {
      try {
        await connection.request({ message: neighborMessage, type, flags, entry, operation: 'write' })
        return true
      } catch (error) {
        if (error instanceof NetlinkError) return false
        throw error
      }
    }
    const find = async (
      batches: AsyncIterable<Neighbor[]>,
      isWanted: (entry: Neighbor) => boolean,
    ): Promise<Neighbor | undefined> => {
      const found: Neighbor[] = []
      for await (const batch of batches) found.push(...batch.filter(isWanted))
      assert.ok(found.length <= 1)
      return found[0]
    }
    const dst = '10.0.0.9'
    const neighbor = { dst, lladdr }
    const neighborParts = {
      entry: neighbor,
      asked: { family: AddressFamily.INET, ifindex: v0!, ...neighbor },
      states: neighborStates,
      flags: [0, 0x10, 0x40, 0x80],
      flagsExt: [0, 1, 2, 4, 5],
      actual: () => find(dumpNeighbors(connection, { ifindex: v0 }), (entry) => entry.dst === dst),
    }
    const fdb = (link: Link, master = false): Pick<Kind, 'marked' | 'additive'> => ({
      marked: fdbOwner(link, { master }),
      additive: fdbOwner(link, { master, additive: true }),
    })
    const port = (asked: number | undefined, link: Link): Kind => ({
      ...fdb(link, true),
      ours: asked === link.ifindex,
      entry: { lladdr },
      asked: { family: AddressFamily.BRIDGE, ifindex: asked!, lladdr, flags: 4 },
      states: fdbStates,
      flags: [0, 0x10, 0x20, 0x40, 0x50, 0x80],
      flagsExt: [0, 2, 4],
      actual: () => find(dumpFdb(connection, { master: br0 }), (entry) => entry.lladdr === lladdr),
    })
    const { asked } = neighborParts
    const ofProtocol = {
      ...neighborParts,
      marked: neighborOwner({ ifindex: v0!, protocol: 84 }),
      additive: neighborOwner({ ifindex: v0!, protocol: 84, additive: true }),
    }
    const kinds: Kind[] = [
      {
        ...neighborParts,
        marked: neighborOwner({ ifindex: v0! }),
        additive: neighborOwner({ ifindex: v0!, additive: true }),
        ours: true,
      },
      { ...ofProtocol, asked: { ...asked, protocol: 84 }, ours: true },
      // Of others, in place of which ours come.
      { ...ofProtocol, ours: false },
      {
        ...fdb(vx0),
        ours: true,
        entry: { lladdr, dst },
        asked: { family: AddressFamily.BRIDGE, ifindex: vx0.ifindex, lladdr, dst, flags: 2 },
        states: fdbStates,
        flags: [0, 0x10, 0x40, 0x50, 0x80],
        flagsExt: [0, 1],
        actual: () => find(dumpFdb(connection, { ifindex: vx0.ifindex }), (entry) => entry.lladdr === lladdr),
      },
      port(p0.ifindex, p0),
      // What others have put behind another port.
      port(p1, p0),
    ]
    for (const kind of kinds) await test(kind, send)
    connection.close()
  })
}

/** What the rules take of all that can be asked, in its normal form, once. */
function taken(rules: Rules, kind: Kind): Neighbor[] {
  const normal = combinations(kind).flatMap((form) => {
    try {
      return [rules.normalize({ ...kind.entry, ...form }, noInterfaces)]
    } catch (error) {
      assert.match((error as Error).message, /^(neighbor|fdb)\.(state|flags|flagsExt): /)
      return []
    }
  })
  return [...new Map(normal.map((each) => [JSON.stringify(each), each])).values()]
}

/** Makes each form that an entry can have in the kernel, by one request or by two, and removes it after. */
async function eachActual(
  kind: Kind,
  send: (type: number, flags: number, entry: Partial<Neighbor>) => Promise<boolean>,
  test: (actual: Neighbor, make: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const requests = combinations(kind).map(
    ({ state, flags, flagsExt }): Partial<Neighbor> => ({
      ...kind.asked,
      state,
      flags: (kind.asked.flags ?? 0) | flags,
      ...(flagsExt === 0 ? {} : { flagsExt }),
    }),
  )
  const remove = async (): Promise<void> => {
    const actual = await kind.actual()
    if (actual !== undefined) await send(NeighborMessage.DEL, 0, { ...kind.asked, ifindex: actual.ifindex })
  }
  const put = (entry: Partial<Neighbor>): Promise<boolean> =>
    send(NeighborMessage.NEW, MessageFlag.CREATE | MessageFlag.REPLACE, entry)
  const seen = new Map<string, { actual: Neighbor; steps: Partial<Neighbor>[] }>()
  for (const first of requests) {
    await remove()
    if (!(await put(first))) continue
    const actual = await kind.actual()
    if (actual !== undefined) seen.set(JSON.stringify(actual), { actual, steps: [first] })
  }
  // What one form makes of another.
  const single = [...seen.values()].map(({ steps }) => steps[0]!)
  for (const [turn, first] of single.entries()) {
    for (const second of sampled(single, turn)) {
      await remove()
      for (const step of [first, second]) await put(step)
      const actual = await kind.actual()
      if (actual !== undefined && !seen.has(JSON.stringify(actual))) {
        seen.set(JSON.stringify(actual), { actual, steps: [first, second] })
      }
    }
  }
  for (const { actual, steps } of seen.values()) {
    await test(actual, async () => {
      await remove()
      for (const step of steps) await put(step)
    })
  }
  await remove()
}

/** What is left alone as right is ours to remove: looks at one form, and tells how many wanted entries it is right for. */
function countRight({ marked }: Kind, wanted: readonly Neighbor[], actual: Neighbor): number {
  const right = wanted.filter((desired) => marked.same(desired, actual))
  for (const desired of right)
    assert.ok(marked.owns(actual), `${JSON.stringify(desired)} is right as ${JSON.stringify(actual)}`)
  return right.length
}

forms(
  'every form that is right is ours, takes the place of every other as the rules say, and can be removed again',
  () =>
    eachKind(async (kind, send) => {
      const { additive: rules, marked } = kind
      const markedWanted = taken(marked, kind)
      assert.ok(markedWanted.length > 0)
      let right = 0
      const wanted = taken(rules, kind)
      const write = (desired: Neighbor, strategy: Strategy): Promise<boolean> => {
        const flags = typeof rules.flags === 'function' ? rules.flags(desired, strategy) : rules.flags[strategy]
        return send(NeighborMessage.NEW, flags, rules.written?.(desired) ?? desired)
      }
      const context = (desired: Neighbor, old: unknown, actual: unknown): string =>
        `${JSON.stringify(desired)} over ${JSON.stringify(old)} is ${JSON.stringify(actual)}`
      let [pairs, turn] = [0, 0]
      await eachActual(kind, send, async (old, make) => {
        right += countRight(kind, markedWanted, old)
        for (const desired of sampled(wanted, turn++)) {
          await make()
          const present = await kind.actual()
          if (present !== undefined && rules.same(desired, present)) continue
          pairs++
          const strategy = rules.strategy(desired, old, [old])!
          if (strategy === 'recreate') assert.ok(await send(NeighborMessage.DEL, 0, rules.deleteKey(old)))
          assert.ok(await write(desired, strategy), context(desired, old, 'refused'))
          const actual = await kind.actual()
          assert.ok(actual !== undefined && rules.same(desired, actual), context(desired, old, actual))
          assert.ok(await send(NeighborMessage.DEL, 0, rules.deleteKey(actual!)))
          // A neighbour that is used meanwhile stays as failed for a while.
          const left = await kind.actual()
          assert.ok(left === undefined || left.state === NeighborState.FAILED, context(desired, old, left))
        }
      })
      assert.is(right > 0, kind.ours)
      assert.ok(pairs > 10, `${pairs} pairs`)
    }),
)

interface BridgeEntry {
  readonly mac: string
  readonly ifname: string
  readonly flags: readonly string[]
  readonly state: string
}

forms('an entry that was taken over as learned from elsewhere comes back in our form, and goes when it is to', () =>
  inNetns(async (netns) => {
    await play(netns, ['link set vx0 master br0', 'link set p0 master br0'])
    const shown = (): string[] =>
      show<BridgeEntry>('bridge', netns, 'fdb show br br0')
        .filter(({ mac }) => mac === lladdr)
        .map(({ ifname, state, flags }) => [ifname, state, ...flags].join(' '))
    for (const end of ['delete', 'remove'] as const) {
      await using controller = await keep(fdbOwner(await linkOf(netns, 'p0')), [{ lladdr }], { netns })
      for (const step of [
        `fdb replace ${lladdr} dev vx0 master dynamic extern_learn`,
        `fdb replace ${lladdr} dev p0 master dynamic extern_learn`,
        `fdb replace ${lladdr} dev p0 master sticky static`,
        `fdb replace ${lladdr} dev p0 master permanent`,
      ]) {
        await play(netns, [step])
        await until(`it is ours again after ${step}`, () => shown().join() === 'p0 static')
      }
      await controller.idle()
      if (end === 'remove') await controller.remove()
      else assert.is(controller.delete({ lladdr }), 1)
      await until('it is gone', () => shown().length === 0)
    }
  }),
)

forms.run()
