import { type Change, type ChangeBatch, sameValue } from '@rtnl/live-table'
import { type DatapathObject, type DatapathRows, datapathObjects, isDatapathCollection } from './objects.ts'

/** `put` adds an object, or replaces the one that has its key. */
export interface DatapathOperation {
  /** What is done with the object. */
  readonly action: 'put' | 'remove'
  /** The object as it is to be, or as it was. */
  readonly object: DatapathObject
}

/** What is put first: what others refer to. It is removed last. */
const order: readonly DatapathObject['kind'][] = ['endpoint', 'group', 'bucket', 'mac', 'answer']

/**
 * What a change of one row is for the forwarding plane: nothing where none of its objects changes. It follows from the change and
 * nothing else: that of a group is as many operations as buckets differ, and none of the addresses behind it.
 */
export function datapathOperations<Name extends keyof DatapathRows>(
  collection: Name,
  change: Change<DatapathRows[Name]>,
): DatapathOperation[] {
  const old = change.kind === 'added' ? undefined : change.kind === 'changed' ? change.old : change.entry
  const next = change.kind === 'removed' ? undefined : change.entry
  const before = new Map(
    (old === undefined ? [] : datapathObjects(collection, old)).map((object) => [object.key, object]),
  )
  const operations: DatapathOperation[] = []
  for (const object of next === undefined ? [] : datapathObjects(collection, next)) {
    if (!sameValue(before.get(object.key), object)) operations.push({ action: 'put', object })
    before.delete(object.key)
  }
  for (const object of before.values()) operations.push({ action: 'remove', object })
  return operations
}

/**
 * What a batch of changes is for the forwarding plane, as `changes()` of a collection or `changesOf` of several deliver it. Batches of
 * collections that a forwarding plane is not made from are none.
 */
export function datapathBatch({ table, changes }: ChangeBatch<unknown>): DatapathOperation[] {
  if (!isDatapathCollection(table)) return []
  return changes.flatMap((change) => datapathOperations(table, change as Change<DatapathRows[typeof table]>))
}

/**
 * Puts operations in an order in which nothing refers to an object that is not there: what others refer to is put first and removed
 * last, and all is put before anything is removed. Of several operations on one object the last one counts.
 */
export function inDatapathOrder(operations: Iterable<DatapathOperation>): DatapathOperation[] {
  const last = new Map<string, DatapathOperation>()
  for (const operation of operations) last.set(operation.object.key, operation)
  const place = ({ action, object }: DatapathOperation): number => {
    const rank = order.indexOf(object.kind)
    return action === 'put' ? rank : 2 * order.length - rank
  }
  return [...last.values()].sort((one, other) => place(one) - place(other))
}

/** All objects of a forwarding plane, in an order in which they can be put: those of each row of the collections. */
export function planDatapath(
  collections: {
    readonly [Name in keyof DatapathRows]: Iterable<DatapathRows[Name]>
  },
): DatapathObject[] {
  const { vnis, vteps, groups, floods, fdb, arps } = collections
  const operations: DatapathOperation[] = []
  const add = <Name extends keyof DatapathRows>(name: Name, rows: Iterable<DatapathRows[Name]>): void => {
    for (const row of rows) {
      for (const object of datapathObjects(name, row)) operations.push({ action: 'put', object })
    }
  }
  add('vnis', vnis)
  add('vteps', vteps)
  add('groups', groups)
  add('floods', floods)
  add('fdb', fdb)
  add('arps', arps)
  return inDatapathOrder(operations).map(({ object }) => object)
}
