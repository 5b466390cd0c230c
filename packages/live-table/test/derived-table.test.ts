import { type Change, changesOf, DerivedRows, DerivedTable } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const derived = suite('derived tables')

interface Item {
  readonly name: string
  readonly size: number
}

const life = { ref() {}, unref() {} }

function tableOf(rows: DerivedRows<Item>): DerivedTable<Item, Pick<Item, 'name'>> {
  return new DerivedTable(
    rows,
    ({ name }) => name,
    () => 'live',
  )
}

derived('publish differences, and nothing where there is none', () => {
  const rows = new DerivedRows<Item>({ name: 'items', ...life })
  const table = tableOf(rows)
  const seen: Change<Item>[] = []
  const stop = table.observe((change) => void seen.push(change))
  const [small, large] = [1, 2].map((size) => ({ name: 'a', size })) as [Item, Item]
  assert.is(rows.set('a', small, 'notification'), true)
  assert.is(rows.set('a', { ...small }, 'notification'), false)
  rows.set('a', large, 'notification')
  assert.equal([table.get({ name: 'a' }), table.size, [...table]], [large, 1, [large]])
  rows.delete('a', 'notification')
  assert.is(rows.delete('a', 'notification'), false)
  stop()
  rows.set('b', small, 'notification')
  assert.equal(seen, [
    { kind: 'added', key: 'a', entry: small },
    { kind: 'changed', key: 'a', entry: large, old: small },
    { kind: 'removed', key: 'a', entry: large },
  ])
  assert.throws(() => table.get('b' as unknown as Item), /the key "b" is not an object/)
})

derived('show readers what is made of an entry when they read it', () => {
  let unit = 'm'
  const rows = new DerivedRows<string, number>({ name: 'lengths', show: (length) => `${length} ${unit}`, ...life })
  const table = new DerivedTable(
    rows,
    ({ of }: { of: string }) => of,
    () => 'live',
  )
  const seen: Change<string>[] = []
  rows.set('a', 1, 'dump')
  table.observe((change) => void seen.push(change))
  unit = 'km'
  assert.is(table.get({ of: 'a' }), '1 km')
  // Whoever derives the table says what readers saw before.
  rows.set('a', 1, 'notification', '1 m')
  rows.delete('a', 'notification', '1 nm')
  assert.equal(seen, [
    { kind: 'changed', key: 'a', entry: '1 km', old: '1 m' },
    { kind: 'removed', key: 'a', entry: '1 nm' },
  ])
})

derived('are streamed as live tables are: the content, then batches, several in order', async () => {
  const [one, other] = ['one', 'other'].map((name) => new DerivedRows<Item>({ name, ...life })) as [
    DerivedRows<Item>,
    DerivedRows<Item>,
  ]
  const tables = [tableOf(one), tableOf(other)] as const
  one.set('a', { name: 'a', size: 1 }, 'dump')
  const stream = changesOf(tables)
  const next = async (): Promise<unknown> => {
    const { value } = await stream.next()
    return [value?.event, value?.table, value?.changes.map(({ kind, key }) => `${kind} ${key}`)]
  }
  assert.equal(await next(), ['change', 'one', ['added a']])
  assert.equal(await next(), ['synced', 'one', []])
  assert.equal(await next(), ['synced', 'other', []])
  other.set('b', { name: 'b', size: 2 }, 'notification')
  one.set('a', { name: 'a', size: 3 }, 'notification')
  one.delete('a', 'notification')
  assert.equal(await next(), ['change', 'other', ['added b']])
  assert.equal(await next(), ['change', 'one', ['changed a', 'removed a']])
  one.end(new Error('the kernel is gone'))
  assert.is(tables[0].state, 'closed')
  try {
    await stream.next()
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'the kernel is gone')
  }
  assert.throws(() => tables[0].changes(), 'the kernel is gone')
})

derived.run()
