import {
  Connection,
  ControlMessage,
  DecodeError,
  DumpInterruptedError,
  ExtendedAck,
  littleEndian,
  MessageFlag,
  messageHeaderLength,
  NetlinkError,
  TimeoutError,
} from '@rtnl/netlink-core'
import { type Answer, answer, FakeKernel, type FakeRequest, messageBytes } from '@rtnl/netlink-core/testing'
import { attributesOffset } from '../../../../packages/netlink-core/src/codec/plan.ts'
import { messages } from '../declared.ts'
import { seeds } from '../seeds.ts'
import { Broken } from '../surroundings.ts'
import { type Input, messageOf, readInput, type Target, writeInput } from '../target.ts'

/** What a kernel answers: some requests well, and some by the bytes of the input. */

const get = 18
const put = 16
const link = messages[0]!
const first = messageBytes(link.message, { type: put }, { ifindex: 1 })

/** Milliseconds. Nothing takes time here but waiting for what never comes. */
const timeout = 5

/** Splits bytes into messages: each of the types that an input names, with the number of the request or nearly. */
function hostile({ flags, choice, message, script }: Input, request: FakeRequest): Uint8Array[] {
  const body = messageOf({ flags, choice, message, script }, attributesOffset(link.message.set.plan))
  const types = [ControlMessage.ERROR, ControlMessage.DONE, put, 1, 4, 17]
  const bytes = new Uint8Array((messageHeaderLength + body.length + 3) & ~3)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, messageHeaderLength + body.length + ((flags & 0x80) !== 0 ? choice - 4 : 0), littleEndian)
  view.setUint16(4, types[choice % types.length]!, littleEndian)
  view.setUint16(
    6,
    (flags & 1 ? MessageFlag.ACK_TLVS : 0) |
      (flags & 2 ? MessageFlag.CAPPED : 0) |
      (flags & 4 ? MessageFlag.MULTI : 0) |
      (flags & 8 ? MessageFlag.DUMP_INTR : 0),
    littleEndian,
  )
  view.setUint32(8, request.seq + ((flags & 0x70) === 0x70 ? 1 : 0), littleEndian)
  view.setUint32(12, request.portId, littleEndian)
  bytes.set(body, messageHeaderLength)
  return [bytes]
}

/** Ends as documented: with entries, or with one of these errors. */
function checkEnd(what: string, error: unknown): void {
  const isKnown =
    error instanceof NetlinkError ||
    error instanceof DecodeError ||
    error instanceof TimeoutError ||
    error instanceof DumpInterruptedError
  if (!isKnown) throw new Broken(`${what} ends with ${String(error)}`, { cause: error })
}

async function withKernel(
  answering: (request: FakeRequest) => Answer,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const kernel = new FakeKernel()
  const connection = await Connection.open({ transports: kernel })
  try {
    let isHostile = true
    for (const type of [put, get]) kernel.on(type, (request) => (isHostile ? answering(request) : fine(request)))
    await use(connection)
    isHostile = false
    // Whatever came, the connection goes on.
    const options = { message: link.message, entry: {}, operation: 'get link' }
    const [entry] = await connection.request({ ...options, type: get }, { timeout: 1000 })
    if (entry === undefined) throw new Broken('the next request is answered with nothing')
    let count = 0
    for await (const batch of connection.dump({ ...options, type: get }, { timeout: 1000 })) count += batch.length
    if (count !== 1) throw new Broken(`the next dump has ${count} entries`)
  } finally {
    connection.close()
  }
}

function fine(request: FakeRequest): Answer {
  const isDump = (request.flags & MessageFlag.DUMP) === MessageFlag.DUMP
  return isDump ? answer.dump(link.message, put, [{ ifindex: 1 }]) : answer.reply(link.message, put, { ifindex: 1 })
}

/** Answers to begin with: acks of all kinds, and messages of links. */
function* answers(): Generator<Uint8Array> {
  const bodies = [
    new Uint8Array(0),
    new Uint8Array(4),
    Uint8Array.from([...new Uint8Array(4), ...first.subarray(0, messageHeaderLength)]),
    Uint8Array.from([0xea, 0xff, 0xff, 0xff, ...first]),
    Uint8Array.from([
      0xea,
      0xff,
      0xff,
      0xff,
      ...first.subarray(0, messageHeaderLength),
      8,
      0,
      ExtendedAck.OFFS,
      0,
      20,
      0,
      0,
      0,
    ]),
    Uint8Array.from([
      0xea,
      0xff,
      0xff,
      0xff,
      ...first.subarray(0, messageHeaderLength),
      10,
      0,
      ExtendedAck.MSG,
      0,
      0x68,
      0x65,
      0x6c,
      0x6c,
      0x6f,
      0,
      0,
      0,
    ]),
    Uint8Array.from([0xea, 0xff, 0xff, 0xff, 8, 0, ExtendedAck.MISS_TYPE, 0, 3, 0, 0, 0]),
    ...seeds()
      .filter(({ type }) => type === put)
      .slice(0, 3)
      .map(({ body }) => body),
  ]
  for (const [index, message] of bodies.entries()) {
    for (const flags of [0, 1, 3, 12])
      yield writeInput({ choice: index < 7 ? flags & 1 : 2, flags, script: new Uint8Array(0), message })
  }
}

const sources = ['netlink-core/src/connection']

export const acks: Target = {
  name: 'acks',
  isAsync: true,
  promise: 'requests, one by one and in bulk, end as documented whatever answers them, and the next ones work',
  sources,
  seeds: answers,
  run(bytes) {
    const input = readInput(bytes)
    const answering = (request: FakeRequest): Answer => answer.raw(...hostile(input, request), ...answer.ack()(request))
    return withKernel(answering, async (connection) => {
      const request = { message: link.message, type: put, entry: { ifindex: 1, mtu: 1500 }, operation: 'set link' }
      await connection.request(request, { timeout }).catch((error: unknown) => checkEnd('a request', error))
      try {
        const { done, failed } = await connection.requestAll([request, request, request], { timeout })
        if (done + failed.length !== 3)
          throw new Broken(`${done} of three requests were done, and ${failed.length} failed`)
        for (const { error } of failed) checkEnd('a request of many', error)
      } catch (error) {
        if (error instanceof Broken) throw error
        checkEnd('requests', error)
      }
    })
  },
}

export const dumps: Target = {
  name: 'dumps',
  isAsync: true,
  promise: 'dumps end as documented whatever answers them, show whole entries only, and the next one works',
  sources,
  seeds: answers,
  run(bytes) {
    const input = readInput(bytes)
    // An interruption is repeated for a quarter of a second, which is too long for each try.
    const interruptions = 1
    let tries = 0
    const answering = (request: FakeRequest): Answer =>
      tries++ < interruptions
        ? answer.raw(first.slice(), ...hostile(input, request), ...fine(request)(request))
        : fine(request)
    return withKernel(answering, async (connection) => {
      const request = { message: link.message, type: get, entry: {}, operation: 'dump link' }
      try {
        for await (const batch of connection.dump(request, { timeout })) {
          for (const entry of batch) {
            if (typeof (entry as { ifindex?: unknown }).ifindex !== 'number')
              throw new Broken('an entry without an index')
          }
        }
      } catch (error) {
        if (error instanceof Broken) throw error
        checkEnd('a dump', error)
      }
    })
  },
}
