import type { Cause } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConfig } from '../src/config.ts'
import { Engine } from '../src/engine/engine.ts'
import { Rows } from '../src/engine/rows.ts'
import { FakeTables } from './support/fake-tables.ts'
import { remote, vxlan } from './support/scene.ts'

/** How changes of what is derived became known. */
const causes = suite('causes of changes')

function scene(): { tables: FakeTables; engine: Engine; seen: string[] } {
  const tables = new FakeTables()
  tables.links.put(vxlan(2, 'vx10', { id: 10 }))
  const rows = new Rows({ ref() {}, unref() {} })
  const engine = new Engine(checkConfig({}), tables, rows)
  for (const _ of engine.fill());
  while (engine.isDirty) engine.flush()
  const seen: string[] = []
  rows.fdb.observers.add(({ kind, key }, cause) => void seen.push(`${cause} ${kind} ${key}`))
  return { tables, engine, seen }
}

const mac = (last: number): string => `02:00:00:00:00:0${last}`
const put = (tables: FakeTables, last: number, cause: Cause): void =>
  tables.fdb.put(remote(2, mac(last), { dst: '192.0.2.1' }), cause)

causes('are those of the changes of tables, also where it takes several flushes to derive what they are', () => {
  const { tables, engine, seen } = scene()
  for (const last of [1, 2, 3]) put(tables, last, 'resync')
  while (engine.isDirty) engine.flush(1)
  put(tables, 4, 'inferred')
  engine.flush()
  put(tables, 5, 'notification')
  engine.flush()
  assert.equal(seen, [
    ...[1, 2, 3].map((last) => `resync added 10 ${mac(last)}`),
    `inferred added 10 ${mac(4)}`,
    `notification added 10 ${mac(5)}`,
  ])
})

causes('of changes that are derived together: that messages were lost counts before all else', () => {
  const { tables, engine, seen } = scene()
  put(tables, 1, 'notification')
  put(tables, 2, 'resync')
  put(tables, 3, 'inferred')
  engine.flush()
  assert.equal(
    seen,
    [1, 2, 3].map((last) => `resync added 10 ${mac(last)}`),
  )
})

causes.run()
