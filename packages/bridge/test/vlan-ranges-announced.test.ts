import { VlanMessage, VlanState, VlanTable } from '@rtnl/bridge'
import { MulticastGroup } from '@rtnl/netlink-core'
import { answer, FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type VlanEntry, vlanMessage } from '../src/vlan/message.ts'

const announced = suite('ranges of VLANs that the kernel announces')

const { BLOCKING, FORWARDING } = VlanState

function entry(vid: number, range: number | undefined, options: Partial<VlanEntry>): VlanEntry {
  const last = range === undefined ? {} : { range }
  return { info: { vid, flags: 4 }, state: FORWARDING, ...last, ...options }
}

/**
 * `bridge vlan add vid 10-12 dev v0 untagged`, of which Linux 6.12 announces one range with the options of its first VLAN.
 * @param before what a dump shows before it
 * @param range what is announced
 * @param after what a dump shows afterwards
 * @returns VLANs, states and tunnel ids in the table, and how often it was read
 */
async function announce(
  before: readonly VlanEntry[],
  range: VlanEntry,
  after: readonly VlanEntry[],
): Promise<{ readonly shown: unknown[]; readonly dumps: number }> {
  const kernel = new FakeKernel()
  const body = (entries: readonly VlanEntry[]) => ({ family: 7, ifindex: 3, entries: [...entries] })
  let entries = before
  let dumps = 0
  kernel.on(VlanMessage.GET, () => {
    dumps++
    return answer.dump(vlanMessage, VlanMessage.NEW, [body(entries)])
  })
  await using table = await VlanTable.open({ transports: kernel })
  entries = after
  kernel.notify(MulticastGroup.BRVLAN, messageBytes(vlanMessage, { type: VlanMessage.NEW }, body([range])))
  await table.waitForSync()
  const shown = [...table].map(({ vid = 0, state, tunnelId }): [number, ...unknown[]] => [vid, state, tunnelId])
  return { shown: shown.sort(([one], [other]) => one - other), dumps }
}

announced('the VLANs behind the first have options of their own', async () => {
  const after = [entry(10, undefined, { state: BLOCKING }), entry(11, 12, {})]
  const { shown } = await announce([after[0]!], entry(10, 12, { state: BLOCKING }), after)
  assert.equal(shown, [
    [10, BLOCKING, undefined],
    [11, FORWARDING, undefined],
    [12, FORWARDING, undefined],
  ])
})

announced('a VLAN in the middle keeps its options', async () => {
  const mapped = entry(11, undefined, { tunnel: { id: 100 } })
  const after = [entry(10, undefined, {}), mapped, entry(12, undefined, {})]
  const { shown } = await announce([mapped], entry(10, 12, {}), after)
  assert.equal(shown, [
    [10, FORWARDING, undefined],
    [11, FORWARDING, 100],
    [12, FORWARDING, undefined],
  ])
})

announced('new VLANs without options are not read again', async () => {
  const { shown, dumps } = await announce([], entry(10, 12, { mcastRouter: 1 }), [entry(10, 12, { mcastRouter: 1 })])
  assert.equal([shown.length, dumps], [3, 1])
})

announced.run()
