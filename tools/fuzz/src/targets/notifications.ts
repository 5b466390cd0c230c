import { openTable } from '@rtnl/live-table'
import { messageHeaderLength } from '@rtnl/netlink-core'
import { type Answer, answer, FakeKernel, isDump } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { attributesOffset } from '../../../../packages/netlink-core/src/codec/plan.ts'
import { messages, tables } from '../declared.ts'
import { seeds } from '../seeds.ts'
import { Broken } from '../surroundings.ts'
import { type Input, messageOf, readInput, type Target, writeInput } from '../target.ts'

const link = messages[0]!

/** A kernel that has nothing: the dumps of all tables are empty, and there is no such link. */
function emptyKernel(): FakeKernel {
  const kernel = new FakeKernel()
  const nothing = answer.dump(link.message, 16, [])
  const noDevice = answer.error(19)
  const handler = (request: Parameters<typeof isDump>[0]): Answer => (isDump(request) ? nothing : noDevice)
  for (let type = 18; type < 130; type += 4) kernel.on(type, handler)
  return kernel
}

/** A datagram of two messages: the one that a kernel sent, and the one that was changed. */
function datagram(input: Input, type: number, offset: number): Uint8Array {
  const bodies = [input.message, messageOf(input, offset)]
  const parts = bodies.map((body, index) => {
    const bytes = new Uint8Array((messageHeaderLength + body.length + 3) & ~3)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, messageHeaderLength + body.length + (index === 1 && (input.flags & 0xf0) === 0xf0 ? 9 : 0), true)
    view.setUint16(4, index === 1 && (input.flags & 1) !== 0 ? type + 1 : type, true)
    view.setUint16(6, (input.flags & 0xe) << 7, true)
    bytes.set(body, messageHeaderLength)
    return bytes
  })
  const all = new Uint8Array(parts[0]!.length + parts[1]!.length)
  all.set(parts[0]!)
  all.set(parts[1]!, parts[0]!.length)
  return all
}

export const notifications: Target = {
  name: 'notifications',
  isAsync: true,
  promise: 'after any notification a table is live, its changes fold to it, and a reading finds what the kernel has',
  sources: ['live-table/src', 'notifier/src', '*/src/triggers'],
  *seeds() {
    for (const [choice, { definition }] of tables.entries()) {
      for (const { type, body } of seeds()) {
        if (type >> 2 !== definition.types.new >> 2) continue
        yield writeInput({ choice, flags: type & 1, script: new Uint8Array(0), message: body })
      }
    }
  },
  async run(bytes) {
    const input = readInput(bytes)
    const { definition } = tables[input.choice % tables.length]!
    const kernel = emptyKernel()
    const notifier = await Notifier.open({ transports: kernel })
    try {
      const table = await openTable(definition, { notifier })
      const fold = new Map<string, string>()
      const reading = (async () => {
        for await (const batch of table.changes()) {
          for (const { kind, key, ...change } of 'changes' in batch ? batch.changes : []) {
            if (kind === 'removed') fold.delete(key)
            else fold.set(key, JSON.stringify('entry' in change ? change.entry : undefined))
          }
        }
      })()
      const [group] = definition.groups
      const sent = datagram(
        input,
        definition.types.new,
        attributesOffset((definition.wire ?? definition.message).set.plan),
      )
      if (group !== undefined) kernel.notify(group, sent)
      await table.waitForSync()
      if (table.state !== 'live') throw new Broken(`the table is ${table.state}`)
      await new Promise((resolve) => setImmediate(resolve))
      for (const entry of table) if (typeof entry !== 'object') throw new Broken('an entry that is none')
      await table.resync()
      if (table.size !== 0) throw new Broken(`${table.size} entries are left that the kernel has not`)
      await new Promise((resolve) => setImmediate(resolve))
      table.close()
      await reading.catch(() => undefined)
      if (fold.size !== 0) throw new Broken(`the changes fold to ${[...fold.keys()].join(', ')}`)
    } finally {
      notifier.close()
    }
  },
}
