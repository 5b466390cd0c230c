import { Connection } from '@rtnl/netlink-core'
import { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import {
  type FdbNexthop,
  FdbNexthopTable,
  type FdbNotification,
  fdbNexthop,
  formatNexthop,
  type Nexthop,
  nexthopDefinition,
  syncNexthops,
} from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const fdb = suite('nexthops for forwarding entries')

const single = (id: number, last = id): FdbNexthop => ({ id, gateway: `192.0.2.${last}` })
const many = (id: number, ...members: number[]): FdbNexthop => ({
  id,
  group: members.map((member) => ({ id: member, weight: member * 10 })),
})
const added = (nexthop: FdbNexthop): FdbNotification => ({ kind: 'new', nexthop })
const deleted = (nexthop: FdbNexthop): FdbNotification => ({ kind: 'delete', nexthop })

function tableOf(...nexthops: FdbNexthop[]): FdbNexthopTable {
  const table = new FdbNexthopTable()
  table.handleChanges(nexthops.map(added))
  return table
}

/** Members as `id gateway`, unresolved ones as `id`. */
function resolved(table: FdbNexthopTable, id: number): string[] | undefined {
  return table
    .resolve(id)
    ?.map((path) => [path.id, path.nexthop?.gateway].filter((part) => part !== undefined).join(' '))
}

fdb('a member that is replaced is what its groups resolve to', () => {
  const table = tableOf(single(1), single(2), many(10, 1, 2))
  assert.is(table.handleChanges([added(single(1, 99))]), true)
  assert.equal(resolved(table, 10), ['1 192.0.2.99', '2 192.0.2.2'])
  assert.equal(table.usedBy(1), [10])
})

fdb('a member that is deleted in a batch without its group is unresolved, and the group is not lost', () => {
  const table = tableOf(single(1), single(2), many(10, 1, 2))
  assert.is(table.handleChanges([deleted(single(2))]), true)
  assert.equal(resolved(table, 10), ['1 192.0.2.1', '2'])
  assert.equal(table.usedBy(2), [10])
  assert.is(table.handleChanges([added(many(10, 1))]), true)
  assert.equal(resolved(table, 10), ['1 192.0.2.1'])
  assert.equal(table.usedBy(2), [])
})

fdb('one batch adds a group and changes it', () => {
  const table = new FdbNexthopTable()
  const batch = [single(1), single(2), many(10, 1, 2)].map(added)
  assert.is(table.handleChanges([...batch, deleted(single(2)), added(many(10, 1))]), true)
  assert.equal(resolved(table, 10), ['1 192.0.2.1'])
  assert.equal([...table], [single(1), many(10, 1)])
})

fdb('one batch adds a group and deletes it', () => {
  const table = tableOf(single(1))
  assert.is(table.handleChanges([added(many(10, 1)), deleted(many(10, 1))]), false)
  assert.is(table.get(10), undefined)
  assert.equal(table.usedBy(1), [])
})

fdb('member after group and group after member are the same', () => {
  const before = tableOf(single(1), many(10, 1))
  const after = tableOf(many(10, 1), single(1))
  assert.equal(resolved(before, 10), ['1 192.0.2.1'])
  assert.equal(resolved(after, 10), ['1 192.0.2.1'])
  assert.equal(before.usedBy(1), after.usedBy(1))
})

fdb('only real differences count as changes', () => {
  const table = tableOf(single(1), many(10, 1))
  assert.is(table.handleChanges([]), false)
  assert.is(table.handleChanges([added(single(1)), added(many(10, 1))]), false)
  assert.is(table.handleChanges([deleted(single(7)), { kind: 'foreign', id: 8 }]), false)
  assert.is(table.handleChanges([added(single(1, 9)), added(single(1))]), false)
  assert.is(table.handleChanges([added(single(1, 9))]), true)
})

fdb('an id that belongs to another kind of nexthop by now is gone', () => {
  const table = tableOf(single(1), many(10, 1))
  assert.is(table.handleChanges([{ kind: 'foreign', id: 1 }]), true)
  assert.is(table.get(1), undefined)
  assert.equal(resolved(table, 10), ['1'])
  assert.is(table.handleChanges([added(single(10))]), true)
  assert.equal(table.usedBy(1), [])
})

const header = { family: 2, scope: 0, protocol: 0, flags: 0 }

fdb('what is for forwarding entries', () => {
  const members = [{ id: 1, weight: 1 }]
  const kinds: [Nexthop, FdbNexthop | undefined][] = [
    [
      { ...header, id: 1, gateway: '192.0.2.1', fdb: true },
      { id: 1, gateway: '192.0.2.1' },
    ],
    [
      { ...header, id: 2, group: members, fdb: true },
      { id: 2, group: members },
    ],
    [
      { ...header, id: 3, gateway: '192.0.2.1', group: members, fdb: true },
      { id: 3, gateway: '192.0.2.1' },
    ],
    [{ ...header, id: 4, fdb: true }, undefined],
    [{ ...header, id: 5, gateway: '192.0.2.1' }, undefined],
    [{ ...header, id: 6, group: members }, undefined],
    [{ ...header, gateway: '192.0.2.1', fdb: true }, undefined],
  ]
  for (const [nexthop, expected] of kinds) assert.equal(fdbNexthop(nexthop), expected)
})

fdb('text form', () => {
  const table = tableOf(
    { id: 1, gateway: '192.168.1.1' },
    { id: 2, gateway: '::ffff:192.168.1.2' },
    { id: 3, gateway: 'fd00::3' },
  )
  const group: FdbNexthop = { id: 12, group: [1, 2, 3, 4].map((id) => ({ id, weight: id * 100 })) }
  assert.is(formatNexthop(table.get(1)!), 'id=1, address=192.168.1.1')
  assert.is(formatNexthop(table.get(2)!), 'id=2, address=192.168.1.2')
  assert.is(formatNexthop(table.get(3)!), 'id=3, address=fd00::3')
  assert.is(
    formatNexthop(group, (id) => table.get(id)),
    'id=12, group=[1;192.168.1.1;100, 2;192.168.1.2;200, 3;fd00::3;300, 4;400]',
  )
  assert.is(formatNexthop(group), 'id=12, group=[1;100, 2;200, 3;300, 4;400]')
  assert.is(formatNexthop({ ...header, id: 5, blackhole: true } as Nexthop), 'id=5, address=::')
})

fdb('reading keeps the old table until the new one is whole', async () => {
  const kernel = new FakeKernel()
  const source = new FakeTable(kernel, nexthopDefinition)
  source.putSilently({ ...header, id: 1, gateway: '192.0.2.1', fdb: true })
  source.putSilently({ ...header, id: 2, blackhole: true })
  await using connection = await Connection.open({ transports: kernel })
  const table = await syncNexthops(connection)
  assert.equal([...table], [single(1)])
  source.deleteSilently('1')
  source.putSilently({ ...header, family: 0, id: 10, group: [{ id: 3, weight: 30 }], fdb: true })
  source.putSilently({ ...header, id: 3, gateway: '192.0.2.3', fdb: true })
  source.dumping = { doneErrno: 12 }
  await table.sync(connection).then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'ENOMEM'),
  )
  assert.equal([...table], [single(1)])
  source.dumping = {}
  await table.sync(connection)
  assert.equal([...table], [many(10, 3), single(3)])
  assert.equal(resolved(table, 10), ['3 192.0.2.3'])
})

fdb.run()
