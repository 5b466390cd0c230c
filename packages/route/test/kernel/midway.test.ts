// timeout: 600
import { type Outcome, type ReconcileOptions, reconcile, UndoneError, WaitingError } from '@rtnl/reconcile'
import { type Route, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindexOf, ip, ipBatch, ipForce } from '../support/ip.ts'
import { consecutive, inNetns, ours, ownership, shownTable } from '../support/owned.ts'

const midway = suite('a single run, in the middle of which something happens to its routes')

/** So few that it is looked whether they are there when all are written, and not before. */
const count = 400

/** Does something once, when a quarter of the routes is written, or as many as are told. */
function once(happen: () => void, when = count / 4): ReconcileOptions<Route> {
  let happened = false
  return {
    progress(done) {
      if (happened || done < when) return
      happened = true
      happen()
    },
  }
}

async function run(
  netns: string,
  desired: readonly object[],
  options: ReconcileOptions<Route>,
): Promise<Outcome<Route>> {
  return await reconcile(routeOwner(ownership), desired, { netns, ...options })
}

/** What failed, each cause once with a count. */
function causes({ failed }: Outcome<Route>): string[] {
  const counts = new Map<string, number>()
  for (const { error } of failed) {
    const cause = error.message.replace(/^.*?: /, '')
    counts.set(cause, (counts.get(cause) ?? 0) + 1)
  }
  return [...counts].map(([cause, times]) => `${times}: ${cause}`)
}

/** The outcome is that all are there, written once each as far as anybody is told. */
function assertAll(netns: string, outcome: Outcome<Route>): void {
  assert.equal([causes(outcome), outcome.conflicts], [[], []])
  assert.equal([outcome.added, outcome.replaced, outcome.removed, outcome.unchanged], [count, 0, 0, 0])
  assert.is(ours(shownTable(netns)).length, count)
}

const direct = (netns: string): Partial<Route>[] => {
  const oif = ifindexOf(netns, 'v0')
  return consecutive(count, '').map(({ dst = '' }) => ({ dst, oif }))
}
const byName = (): object[] => consecutive(count, '').map(({ dst = '' }) => ({ dst, oif: 'v0' }))
const byNexthop = (): Partial<Route>[] => consecutive(count, '').map(({ dst = '' }) => ({ dst, nhId: 7 }))

midway('the link goes down and comes up: all are there', () =>
  inNetns(async (netns) => {
    const flap = once(() => ipBatch(netns, ['link set v0 down', 'link set v0 up']))
    assertAll(netns, await run(netns, direct(netns), flap))
  }),
)

midway('the link goes down and comes up: those are there too that were before', () =>
  inNetns(async (netns) => {
    const all = direct(netns)
    await run(netns, all.slice(0, count / 2), {})
    let happened = false
    const { failed, added, unchanged } = await run(netns, all, {
      progress(done) {
        if (happened || done < count / 4) return
        happened = true
        ipBatch(netns, ['link set v0 down', 'link set v0 up'])
      },
    })
    assert.equal([failed, added, unchanged], [[], count, 0])
    assert.is(ours(shownTable(netns)).length, count)
  }),
)

midway('the link goes down and stays so: all wait for it', () =>
  inNetns(async (netns) => {
    const outcome = await run(
      netns,
      direct(netns),
      once(() => ip(`-n ${netns} link set v0 down`)),
    )
    assert.equal(causes(outcome), [`${count}: waits for link v0, which is down`])
    assert.equal([outcome.added, ours(shownTable(netns))], [0, []])
    for (const { error } of outcome.failed) assert.instance(error, WaitingError)
    assert.ok(outcome.failed.some(({ error }) => error.message.startsWith('route 10.20.0.0/24 table 100: ')))
  }),
)

midway('the link is deleted: all wait for it', () =>
  inNetns(async (netns) => {
    const outcome = await run(
      netns,
      direct(netns),
      once(() => ip(`-n ${netns} link del v0`)),
    )
    const [cause, ...others] = causes(outcome)
    assert.match(cause ?? '', new RegExp(`^${count}: waits for link (v0|\\d+), which does not exist$`))
    assert.equal(others, [])
  }),
)

midway('the link is deleted, and another one gets its name: all are there', () =>
  inNetns(async (netns) => {
    const renew = once(() =>
      ipBatch(netns, ['link del v0', 'link add v0 type veth peer name p0', 'link set p0 up', 'link set v0 up']),
    )
    assertAll(netns, await run(netns, byName(), renew))
  }),
)

midway('the nexthop is deleted: all wait for it', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} nexthop add id 7 dev v0`)
    const outcome = await run(
      netns,
      byNexthop(),
      once(() => ip(`-n ${netns} nexthop del id 7`)),
    )
    assert.equal(causes(outcome), [`${count}: waits for nexthop 7, which does not exist`])
  }),
)

midway('the nexthop is deleted and made again: all are there', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} nexthop add id 7 dev v0`)
    const renew = once(() => ipBatch(netns, ['nexthop del id 7', 'nexthop add id 7 dev v0']))
    assertAll(netns, await run(netns, byNexthop(), renew))
  }),
)

midway('the source address is removed: the kernel says so of all', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} addr add 10.9.0.1/32 dev v0`)
    const desired = direct(netns).map((route) => ({ ...route, prefsrc: '10.9.0.1' }))
    // Of other tables than the main one the kernel takes nothing along with an address.
    const main = { table: 254, protocol: 84 }
    const remove = once(() => ip(`-n ${netns} addr del 10.9.0.1/32 dev v0`))
    const outcome = await reconcile(routeOwner(main), desired, { netns, ...remove })
    assert.equal(causes(outcome), [`${count}: Invalid prefsrc address (EINVAL)`])
    assert.equal(ours(shownTable(netns, main.table)), [])
  }),
)

midway('somebody removes them: all are there', () =>
  inNetns(async (netns) => {
    const flush = once(() => ip(`-n ${netns} route flush table 100 proto 84`))
    assertAll(netns, await run(netns, direct(netns), flush))
  }),
)

midway('somebody removes one again and again: it is said that he does', () =>
  inNetns(async (netns) => {
    const all = direct(netns)
    const outcome = await run(netns, all, {
      progress: () => void ipForce(netns, ['route del 10.20.0.0/24 table 100']),
    })
    const [failure, ...others] = outcome.failed
    assert.equal([failure?.entry.dst, others, outcome.added], ['10.20.0.0/24', [], count - 1])
    assert.instance(failure?.error, UndoneError)
    assert.match(
      failure?.error.message ?? '',
      /^route 10\.20\.0\.0\/24 table 100: it was written, and (another program|ip) \(.*\d+\) changed or removed it at once$/,
    )
  }),
)

midway('somebody puts one of his in the place of one: that is in the way', () =>
  inNetns(async (netns) => {
    const take = once(() => ip(`-n ${netns} route replace 10.20.0.0/24 dev v1 table 100 proto 99`))
    const outcome = await run(netns, direct(netns), take)
    assert.equal(
      outcome.conflicts.map(({ entry, actual }) => [entry.dst, actual.protocol]),
      [['10.20.0.0/24', 99]],
    )
    assert.equal([outcome.failed, outcome.added, outcome.complete], [[], count - 1, false])
  }),
)

midway('a link of some legs goes down: the routes are there in part, and wait for it', () =>
  inNetns(async (netns) => {
    const [one, other] = [ifindexOf(netns, 'v0'), ifindexOf(netns, 'v1')]
    const desired = consecutive(count, '').map(({ dst = '' }) => ({ dst, multipath: [{ oif: one }, { oif: other }] }))
    const outcome = await run(
      netns,
      desired,
      once(() => ip(`-n ${netns} link set v1 down`), 1),
    )
    const shown = ours(shownTable(netns))
    assert.is(shown.length, count)
    // The first one, which is sent alone, has both legs, one of them dead.
    const inPart = shown.filter(({ nexthops }) => nexthops === undefined).length
    assert.is(inPart, count - 1)
    assert.equal(causes(outcome), [`${inPart}: is there in part, and waits for link v1, which is down`])
  }),
)

midway.run()
