import { sharedDefinitions, type TableDefinition } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Thing, thingDefinition } from '../../notifier/test/things.ts'

const definitions = suite('shared definitions')

definitions('definitions of equal parts are the same one', async () => {
  let made = 0
  const define = sharedDefinitions(
    ({ port, id }: { port?: number | undefined; id?: number }): TableDefinition<Thing> => {
      made++
      if (port === 7) throw new RangeError('port')
      return { ...thingDefinition, name: `${port} ${id}` }
    },
  )
  const first = define({ port: 1, id: 2 })
  assert.is(define({ id: 2, port: 1 }), first)
  assert.is(define({}), define({ port: undefined }))
  assert.is.not(define({ port: 1 }), first)
  assert.is(made, 3)
  for (let time = 0; time < 2; time++) assert.throws(() => define({ port: 7 }), /port/)
  for (let port = 10; port < 500; port++) assert.is(define({ port }).name, `${port} undefined`)
  assert.is(define({ port: 1, id: 2 }), first)
})

definitions.run()
