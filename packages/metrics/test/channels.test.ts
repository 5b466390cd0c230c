import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { openTable } from '@rtnl/live-table'
import { DecodeError, diagnosticsChannels, NetlinkError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  brokenThing,
  makeKernel,
  rejection,
  THING_GROUP,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
} from '../../notifier/test/things.ts'

const channels = suite('diagnostics channels')

const reference = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
/** By channel, the fields of its messages. */
const documented = new Map(
  [...reference.matchAll(/^\| `(rtnl:\w+)` \| ([^|]+) \|/gm)].map(([, name = '', fields = '']) => [
    name,
    [...fields.matchAll(/`(\w+)`/g)].map(([, field]) => field),
  ]),
)

channels('each has messages with the fields that the reference names', async () => {
  const heard = new Map<string, Record<string, unknown>[]>([...documented.keys()].map((name) => [name, []]))
  const listeners = [...heard].map(([name, messages]) => {
    const listen = (message: unknown): void => void messages.push(message as Record<string, unknown>)
    subscribe(name, listen)
    return () => unsubscribe(name, listen)
  })
  const { kernel, table: things } = makeKernel()
  try {
    await using notifier = await Notifier.open({ transports: kernel })
    const table = await openTable(thingDefinition, { notifier })
    const { connection } = notifier
    await rejection(
      connection.request({ message: thingMessage, type: ThingType.NEW, entry: thing(1), operation: 'change thing' }),
    )
    kernel.overrun()
    await table.waitForSync()
    kernel.notify(THING_GROUP, brokenThing())
    await turns()
    things.dumping = { interrupted: 'done' }
    await rejection(
      connection.dumpInto(
        { message: thingMessage, type: ThingType.GET, entry: {}, operation: 'dump thing' },
        { message() {}, restart() {} },
      ),
    )
    things.dumping = {}
    await table.waitForSync()
    table.close()
  } finally {
    for (const end of listeners) end()
  }
  for (const [name, messages] of heard) {
    assert.ok(messages.length > 0, `${name} is published`)
    for (const message of messages) assert.equal(Object.keys(message), documented.get(name), name)
  }
  const first = (name: string) => heard.get(name)?.[0] ?? {}
  const { refused, restart, overrun, malformed } = diagnosticsChannels
  assert.instance(first(refused).error, NetlinkError)
  assert.is((first(refused).error as NetlinkError).operation, 'change thing')
  assert.equal(first(restart), { connection: 'fake kernel', operation: 'dump thing' })
  assert.equal(first(overrun), { connection: 'fake kernel', socket: 'notification' })
  assert.instance(first(malformed).error, DecodeError)
  assert.equal(
    heard.get('rtnl:notifier')?.map(({ text }) => text),
    ['Adding thing table watchers.', 'Removing thing table watchers.'],
  )
})

channels.run()
