// timeout: 600
import { type Nexthop, type NexthopEntry, nexthopOwner } from '@rtnl/nexthop'
import { type Outcome, type ReconcileOptions, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch, ipNexthops, makeNetns } from '../support/ip.ts'

const midway = suite('a single run, in the middle of which something happens to its nexthops')

/** So few that it is looked whether they are there when all are written, and not before. */
const count = 2000
let number = 0

async function inNetns(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `midway${number++}`
  await makeNetns(netns)
  try {
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}

/** Writes nexthops, and does something when a quarter of them is written. */
async function run(netns: string, happen: () => void): Promise<Outcome<Nexthop>> {
  const links = JSON.parse(ip(`-n ${netns} -j link show v0`)) as { ifindex: number }[]
  const oif = links[0]?.ifindex ?? 0
  const desired = Array.from({ length: count }, (_, index): NexthopEntry => ({ id: 1 + index, oif, family: 2 }))
  let happened = false
  const options: ReconcileOptions<Nexthop> = {
    netns,
    progress(done) {
      if (happened || done < count / 4) return
      happened = true
      happen()
    },
  }
  return await reconcile(nexthopOwner({ protocol: 84 }), desired, options)
}

midway('the link goes down and comes up: all are there', () =>
  inNetns(async (netns) => {
    const { failed, added } = await run(netns, () => ipBatch(netns, ['link set v0 down', 'link set v0 up']))
    assert.equal([failed, added, ipNexthops(netns).length], [[], count, count])
  }),
)

midway('the link goes down and stays so: all wait for it', () =>
  inNetns(async (netns) => {
    const { failed, added } = await run(netns, () => ip(`-n ${netns} link set v0 down`))
    const causes = new Set(failed.map(({ entry, error }) => error.message.replace(`nexthop id ${entry.id}: `, '')))
    assert.equal([failed.length, added, ipNexthops(netns).length], [count, 0, 0])
    assert.equal([...causes], ['waits for link v0, which is down'])
  }),
)

midway('somebody removes them: all are there', () =>
  inNetns(async (netns) => {
    const { failed, added } = await run(netns, () => ip(`-n ${netns} nexthop flush proto 84`))
    assert.equal([failed, added, ipNexthops(netns).length], [[], count, count])
  }),
)

midway.run()
