// timeout: 600
import { LinkTable } from '@rtnl/link'
import { fdbOwner, type Neighbor, NeighborState, neighborOwner } from '@rtnl/neighbor'
import { type Outcome, type ReconcileRules, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex, inNetns, ip, show } from '../support/netns.ts'

const midway = suite('a single run, in the middle of which something happens to its neighbours')

/** So few that it is looked whether they are there when all are written, and not before. */
const count = 1000

const octets = (index: number): [number, number] => [index >> 8, index & 255]
const hardware = (index: number): string =>
  `02:aa:00:00:${octets(index)
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join(':')}`

/** Writes entries, and does something when a quarter of them is written. */
async function run<Wanted>(
  netns: string,
  rules: ReconcileRules<Neighbor, Wanted>,
  desired: readonly Wanted[],
  happen: () => void,
): Promise<Outcome<Neighbor>> {
  let happened = false
  return await reconcile(rules, desired, {
    netns,
    progress(done) {
      if (happened || done < count / 4) return
      happened = true
      happen()
    },
  })
}

function neighbors(netns: string, happen: () => void): Promise<Outcome<Neighbor>> {
  const rules = neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
  const desired = Array.from({ length: count }, (_, index) => ({
    dst: `10.1.${octets(index).join('.')}`,
    lladdr: hardware(index),
    // With more than 512 neighbours of all namespaces the kernel takes those without ARP away again.
    state: NeighborState.PERMANENT,
  }))
  return run(netns, rules, desired, happen)
}

async function forwarding(netns: string, happen: () => void): Promise<Outcome<Neighbor>> {
  await using links = await LinkTable.open({ netns })
  const port = links.get({ ifindex: ifindex(netns, 'v0') })
  if (port === undefined) throw new Error('there is no v0')
  const desired = Array.from({ length: count }, (_, index) => ({ lladdr: hardware(index) }))
  return await run(netns, fdbOwner(port), desired, happen)
}

/** Each cause once. */
function causes({ failed }: Outcome<Neighbor>): string[] {
  return [...new Set(failed.map(({ error }) => error.message.replace(/^.*?: /, '')))]
}

/** Entries of ours, as `ip` and `bridge` show them. */
const shownNeighbors = (netns: string): number =>
  show('ip', netns, 'neigh show dev v0 nud permanent').filter(
    (entry) => (entry as { protocol?: string }).protocol === '84',
  ).length
const shownForwarding = (netns: string): number =>
  show('bridge', netns, 'fdb show brport v0').filter((entry) => (entry as { mac: string }).mac.startsWith('02:aa:'))
    .length

midway('the link goes down and comes up: all neighbours are there', () =>
  inNetns(async (netns) => {
    const outcome = await neighbors(netns, () => {
      ip(`-n ${netns} link set v0 down`)
      ip(`-n ${netns} link set v0 up`)
    })
    assert.equal([causes(outcome), outcome.added, shownNeighbors(netns)], [[], count, count])
  }),
)

midway('somebody removes them: all neighbours are there', () =>
  inNetns(async (netns) => {
    const outcome = await neighbors(netns, () => ip(`-n ${netns} neigh flush dev v0 nud permanent`))
    assert.equal([causes(outcome), outcome.added, shownNeighbors(netns)], [[], count, count])
  }),
)

midway('the link is deleted: all neighbours wait for it', () =>
  inNetns(async (netns) => {
    const outcome = await neighbors(netns, () => ip(`-n ${netns} link del v0`))
    assert.is(outcome.failed.length, count)
    assert.match(causes(outcome).join(), /^waits for link (v0|\d+), which does not exist$/)
  }),
)

midway('the port leaves the bridge: the kernel says so of all entries', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} link set v0 master br0`)
    const outcome = await forwarding(netns, () => ip(`-n ${netns} link set v0 nomaster`))
    assert.equal(causes(outcome), ['operation not supported (EOPNOTSUPP)'])
    assert.is(outcome.failed.length, count)
  }),
)

midway('the port leaves the bridge and comes back: all entries are there', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} link set v0 master br0`)
    const outcome = await forwarding(netns, () => {
      ip(`-n ${netns} link set v0 nomaster`)
      ip(`-n ${netns} link set v0 master br0`)
    })
    assert.equal([causes(outcome), outcome.added, shownForwarding(netns)], [[], count, count])
  }),
)

midway.run()
