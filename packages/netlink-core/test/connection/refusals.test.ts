import { MessageFlag, NetlinkError, Writer } from '@rtnl/netlink-core'
import { type Answer, answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { add, dumpThings, rejection, type Thing, ThingType, thingMessage, withConnection } from './thing.ts'

const refusals = suite('refusals')

const entry: Thing = { family: 2, flags: 0, id: 5, label: 'x', gateway: '192.0.2.1', options: { limit: 3 } }

/** Offset of the payload of an attribute of `entry` from the start of the request. */
function offsetOf(type: number, nestedType?: number): number {
  const writer = new Writer()
  thingMessage.encode(writer, entry)
  let at = 4
  const find = (wanted: number): void => {
    while ((writer.view.getUint16(at + 2, true) & 0x3fff) !== wanted) at += (writer.view.getUint16(at, true) + 3) & ~3
  }
  find(type)
  if (nestedType !== undefined) {
    at += 4
    find(nestedType)
  }
  return 16 + at
}

async function refused(answered: Answer): Promise<NetlinkError> {
  let error: unknown
  await withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, () => answered)
    error = await rejection(connection.request(add(entry)))
  })
  assert.instance(error, NetlinkError)
  return error as NetlinkError
}

refusals('an error has its number, its name and what was attempted', async () => {
  const error = await refused(answer.error(17))
  assert.is(error.code, 'EEXIST')
  assert.is(error.errno, 17)
  assert.is(error.operation, 'add thing id 5')
  assert.is(error.extack, undefined)
  assert.is(error.attribute, undefined)
})

for (const echo of [false, true]) {
  for (const [offset, path] of [
    [offsetOf(3), 'gateway'],
    [offsetOf(4), 'options'],
    [offsetOf(4, 1), 'options.limit'],
    [16, 'family'],
    [18, 'flags'],
    [17, 'header'],
  ] as const) {
    refusals(`the attribute at offset ${offset} is ${path}, request ${echo ? 'echoed' : 'capped'}`, async () => {
      const error = await refused(answer.error(22, { text: 'Not like this', offset, echo }))
      assert.is(error.attribute, path)
      assert.is(error.extack, 'Not like this')
      assert.is(error.message, `add thing id 5: Not like this (EINVAL, attribute ${path})`)
    })
  }
}

refusals('an offset outside of the request names nothing', async () => {
  for (const offset of [0, 15, 4000, 0xffffffff]) {
    assert.is((await refused(answer.error(22, { offset }))).attribute, undefined)
  }
})

refusals('a missing attribute is named, an unknown one by its number', async () => {
  assert.is((await refused(answer.error(22, { missingType: 3 }))).attribute, 'gateway')
  assert.is((await refused(answer.error(22, { missingType: 77 }))).attribute, 'attribute 77')
})

refusals('an entry that was changed after the call does not hide the error', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, () => answer.error(22, { offset: 24 }))
    const changed: { id: number | string } = { id: 1 }
    const error = rejection(connection.request(add(changed as Thing)))
    changed.id = 'x'
    assert.is(((await error) as NetlinkError).code, 'EINVAL')
  }),
)

refusals('EPERM says which capability is missing', async () => {
  const error = await refused(answer.error(1))
  assert.is(error.code, 'EPERM')
  assert.match(error.message, 'CAP_NET_ADMIN')
})

refusals('a warning with success is success', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, () => answer.error(0, { text: 'deprecated' }))
    assert.equal(await connection.request(add(entry)), [])
    assert.is(connection.counters.refused, 0)
  }),
)

refusals('a refused request does not stop the others of its datagram', () =>
  withConnection(async ({ connection, table }) => {
    const results = await Promise.allSettled([
      connection.request(add({ id: 1 })),
      connection.request(add({ id: 1 }, MessageFlag.CREATE | MessageFlag.EXCL)),
      connection.request(add({ id: 2 })),
    ])
    assert.equal(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.is(table.entries.size, 2)
    assert.is(connection.counters.refused, 1)
  }),
)

refusals('a dump that ends with an error number in NLMSG_DONE is refused, with the words of the kernel', () =>
  withConnection(async ({ connection, table }) => {
    table.dumping = { doneErrno: 2, details: { text: 'FIB table does not exist', missingType: 3 } }
    const error = await rejection(connection.dumpInto(dumpThings, { message() {}, restart() {} }))
    assert.is((error as Error).message, 'dump thing: FIB table does not exist (ENOENT, attribute gateway)')
  }),
)

refusals('a dump that is refused at once is refused', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.GET, () => answer.error(95))
    const error = await rejection(connection.dumpInto(dumpThings, { message() {}, restart() {} }))
    assert.is((error as NetlinkError).code, 'EOPNOTSUPP')
    assert.is(kernel.sockets('dump').length, 1)
  }),
)

refusals.run()
