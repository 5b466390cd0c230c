import { type LiveTable, onMessage, onTable, openTable, type TableDefinition } from '@rtnl/live-table'
import { type FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
} from '../../../notifier/test/things.ts'
import { byKey, Follower } from '../follow.ts'

export const OWNER_GROUP = 20
/** A message that belongs to no table. */
export const BELL = 60
export const BELL_GROUP = 21

/** The owners of things. When an owner changes, the kernel may remove its things silently. */
export const ownerDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  name: 'owner',
  types: { new: 52, delete: 53, get: 54 },
  groups: [OWNER_GROUP],
}

/** The part of a table with the things of one owner. */
export const ofOwner = (owner: number | undefined) => ({
  name: `owner ${owner}`,
  request: { owner: owner ?? 0 },
  contains: (entry: Thing) => entry.owner === owner,
})

/** Things that owners and a message make invalid. */
export const ownedDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  triggers: [
    onTable<Thing, Thing>(ownerDefinition, 'owner', (old, next) => [ofOwner((next ?? old)?.id)]),
    onMessage<Thing>({
      reason: 'bell',
      groups: [BELL_GROUP],
      types: [BELL],
      invalidates: ({ view, body, end }, table) => {
        const { owner } = thingMessage.decode(view, body, end)
        // A trigger may look into its table.
        return [...table].some((entry) => entry.owner === owner) ? [ofOwner(owner)] : []
      },
    }),
  ],
}

export interface Place {
  readonly kernel: FakeKernel
  readonly things: FakeTable<Thing>
  readonly owners: FakeTable<Thing>
  readonly live: LiveTable<Thing>
  readonly follower: Follower
  /** The filters of the dump requests: owners, `all` for none. */
  readonly partitions: (number | 'all')[]
}

/** Runs a test on a table of six things of two owners. Folding its changes has to give the table. */
export async function withOwnedThings(
  run: (place: Place) => Promise<void>,
  definition: TableDefinition<Thing> = ownedDefinition,
): Promise<void> {
  const { kernel, table: things } = makeKernel()
  const owners = new FakeTable(kernel, ownerDefinition)
  things.wanted = (entry, filter) => filter.owner === undefined || entry.owner === filter.owner
  const partitions: (number | 'all')[] = []
  kernel.on(ThingType.GET, (request) => {
    partitions.push(request.decode(thingMessage).owner ?? 'all')
    return things.handle(request)
  })
  for (const owner of [1, 2]) {
    owners.putSilently(thing(owner))
    for (const id of [1, 2, 3]) things.putSilently({ ...thing(owner * 10 + id), owner })
  }
  const live = await openTable(definition, { transports: kernel })
  const follower = new Follower(live)
  await turns()
  follower.batches.length = 0
  partitions.length = 0
  try {
    await run({ kernel, things, owners, live, follower, partitions })
    assert.equal(follower.fold.sorted, byKey(live))
  } finally {
    live.close()
  }
  assert.equal(kernel.sockets(), [])
}
