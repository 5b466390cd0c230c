import { setTimeout as delay } from 'node:timers/promises'
import { openTable } from '@rtnl/live-table'
import { NetlinkError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import {
  makeKernel,
  newThing,
  THING_GROUP,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
} from '../../notifier/test/things.ts'

// A program that does one thing and is left to itself: it ends at once, or waits for what comes after 200 ms.
const { kernel } = makeKernel()

/** Something happens later, in a way that does not keep the process alive. */
function later(happens: () => void): void {
  const timer = delay(200, undefined, { ref: false })
  timer.then(happens)
}

const definition = {
  name: 'thing',
  groups: [THING_GROUP],
  types: [ThingType.NEW],
  decode: ({ view, body, end }: { view: DataView; body: number; end: number }) =>
    thingMessage.decode(view, body, end).id,
}

const programs: Record<string, () => Promise<void>> = {
  async 'idle-listener'() {
    const notifier = await Notifier.open({ transports: kernel })
    await notifier.listen(definition).update(true)
  },
  async 'idle-retrying'() {
    kernel.joinError = new NetlinkError(1, { operation: 'join' })
    const notifier = await Notifier.open({ transports: kernel })
    await notifier.listen(definition).update(true)
  },
  async 'idle-table'() {
    await openTable(thingDefinition, { transports: kernel })
  },
  async 'idle-shared-table'() {
    const notifier = await Notifier.open({ transports: kernel })
    const tables = [await openTable(thingDefinition, { notifier }), await openTable(thingDefinition, { notifier })]
    // Somebody waits on one of them, which is closed.
    const next = tables[0]?.changes({ initial: false }).next()
    tables[0]?.close()
    await next
  },
  async 'left-block'() {
    const reading = async (): Promise<void> => {
      using table = await openTable(thingDefinition, { transports: kernel })
      void (async () => {
        for await (const { event } of table.changes()) console.log(event)
        console.log(table.state)
      })()
      await delay(1)
    }
    await reading()
  },
  async 'waiting-polled'() {
    const notifier = await Notifier.open({ transports: kernel })
    await notifier.listen(definition).update(true)
    later(() => kernel.notify(THING_GROUP, newThing(thing(1))))
    await notifier.wait()
    console.log('heard')
  },
  async 'waiting-streamed'() {
    const notifier = await Notifier.open({ transports: kernel })
    later(() => kernel.notify(THING_GROUP, newThing(thing(1))))
    for await (const _ of notifier.listen(definition)) break
    console.log('heard')
  },
  async 'waiting-retrying'() {
    kernel.joinError = new NetlinkError(1, { operation: 'join' })
    const notifier = await Notifier.open({ transports: kernel })
    later(() => {
      kernel.joinError = undefined
      later(() => kernel.notify(THING_GROUP, newThing(thing(1))))
    })
    for await (const _ of notifier.listen(definition)) break
    console.log('heard')
  },
  async 'waiting-table'() {
    const table = await openTable(thingDefinition, { transports: kernel })
    later(() => kernel.notify(THING_GROUP, newThing(thing(1))))
    for await (const { changes } of table.changes()) if (changes.length > 0) break
    console.log('heard')
  },
  async 'waiting-shared-table'() {
    const notifier = await Notifier.open({ transports: kernel })
    const [table, other] = [
      await openTable(thingDefinition, { notifier }),
      await openTable(thingDefinition, { notifier }),
    ]
    const next = other.changes({ initial: false }).next()
    later(() => other.close())
    later(() => kernel.notify(THING_GROUP, newThing(thing(1))))
    for await (const { changes } of table.changes()) if (changes.length > 0) break
    await next
    console.log('heard')
  },
}

await programs[process.argv[2] ?? '']?.()
console.log('end')
