// timeout: 600
import { Connection, type Message, showValue, Writer } from '@rtnl/netlink-core'
import { FakeKernel } from '@rtnl/netlink-core/testing'
import { NexthopAttribute } from '@rtnl/nexthop'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attributesOffset } from '../../../packages/netlink-core/src/codec/plan.ts'
import { tries } from '../../compliance/src/tries.ts'
import { type Declared, messages } from '../src/declared.ts'

const encoders = suite('encoders')

type Entry = Readonly<Record<string, unknown>>

/** The entry that the bytes of an encoded one say. */
function thereAndBack(message: Message<unknown>, entry: Entry): unknown {
  const writer = new Writer()
  message.encode(writer, entry as Partial<unknown>)
  if (entry.group !== undefined && message.name === 'nexthop') {
    // As the kernel does where weights have a second byte.
    const at = writer.begin(NexthopAttribute.OP_FLAGS)
    writer.u32(0x80000000)
    writer.end(at)
  }
  return message.decode(writer.view, 0, writer.length)
}

/** Attributes as they are declared: each type with a payload of one of its lengths. */
function attributesOf({ message: { set } }: Declared): fc.Arbitrary<{ type: number; payload: Uint8Array }> {
  const declared = [
    ...set.plan.attributes.map(({ type, kind }) => ({ type, lengths: kind.lengths, ...kind })),
    ...set.plan.spans,
  ].map(({ type, minimum, maximum, lengths }) => ({ type, lengths, minimum, maximum: Math.min(maximum, minimum + 40) }))
  const payloads = declared.map(({ type, lengths, minimum, maximum }) => {
    const length = lengths === undefined ? fc.integer({ min: minimum, max: maximum }) : fc.constantFrom(...lengths)
    const payload = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
    return payload.map((bytes) => ({ type, payload: bytes }))
  })
  return fc.oneof(...payloads)
}

/** For the same messages again. */
const given = process.env.RTNL_FUZZ_SEED === undefined ? {} : { seed: Number(process.env.RTNL_FUZZ_SEED) }

/** What requests say by another attribute than the kernel, so that it is not read back. */
const otherwise = 'expires'

function written({ [otherwise]: _, ...entry }: Entry): Entry {
  return entry
}

const families = fc.constantFrom(0, 2, 7, 10, 28)

/** Messages with the attributes that are declared, and any bytes in them. */
function bodiesOf(declared: Declared): fc.Arbitrary<Writer> {
  const size = attributesOffset(declared.message.set.plan)
  const header = fc.uint8Array({ minLength: size, maxLength: size })
  return fc.tuple(families, header, fc.array(attributesOf(declared), { maxLength: 5 })).map(([family, bytes, list]) => {
    const writer = new Writer()
    writer.raw(bytes)
    writer.setU8(0, family)
    for (const { type, payload } of list) {
      const at = writer.begin(type)
      writer.raw(payload)
      writer.end(at)
    }
    return writer
  })
}

/** Whether an error says which field has which value, or which other field it needs. */
function names(error: unknown, message: Message<unknown>, fields: readonly string[]): boolean {
  if (!(error instanceof TypeError || error instanceof RangeError)) return false
  return fields.some((field) => new RegExp(`^${message.name}\\.(\\w+\\.)?${field}\\b`).test(error.message))
}

for (const declared of messages) {
  const { name, message } = declared
  encoders(`${name}: what was decoded is encoded to the same, or refused by its field`, () => {
    let same = 0
    const { errorInstance, seed } = fc.check(
      fc.property(bodiesOf(declared), (body) => {
        let entry: Entry
        try {
          entry = message.decode(body.view, 0, body.length) as Entry
        } catch {
          return
        }
        // A link address of eight bytes, which no IPv6 address can be told from by its text.
        if (typeof entry.via === 'string' && /^(?:[0-9a-f]{2}:){7}[0-9a-f]{2}$/.test(entry.via)) return
        let back: unknown
        try {
          back = thereAndBack(message, entry)
        } catch (error) {
          assert.ok(names(error, message, Object.keys(entry)), `${JSON.stringify(entry)}: ${String(error)}`)
          return
        }
        same++
        const [one, other] = [written(back as Entry), written(entry)].map((each) => JSON.stringify(each))
        assert.ok(one === other, `${other} became ${one}`)
      }),
      { numRuns: tries(400, 2), ...given },
    )
    if (errorInstance instanceof Error) {
      throw new Error(`seed ${seed}: ${errorInstance.message}`, { cause: errorInstance })
    }
    assert.ok(same > 5, `only ${same}`)
  })
}

const junk: readonly unknown[] = [
  ...[-1, 1.5, 256, 65536, 2 ** 32, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 7n],
  ...['', 'x', '1', 'a\0b', 'x'.repeat(200), '10.0.0.1/33', '::1'],
  ...[null, true, false, {}, [], [null], { x: 1 }, [1.5], Symbol('s'), () => 1],
]

for (const { name, message } of messages) {
  for (const field of message.set.plan.names) {
    encoders(`${name}.${field}: any value comes back the same or is refused with its field`, () => {
      for (const value of junk) {
        const entry = message.set.plan.names.includes('family') ? { family: 2, [field]: value } : { [field]: value }
        const shown =
          typeof value === 'symbol'
            ? 'a symbol'
            : JSON.stringify(value, (_k, v) => (typeof v === 'bigint' ? `${v}n` : v))
        let back: Entry
        try {
          back = thereAndBack(message, entry) as Entry
        } catch (error) {
          assert.ok(names(error, message, [field]), `${shown}: ${String(error)}`)
          // Of an object the error names what is wrong inside.
          const { message: text } = error as Error
          const isShown = text.includes(showValue(value)) || text.includes(' needs ') || typeof value === 'object'
          assert.ok(isShown, `${shown}: ${text}`)
          continue
        }
        // None is absent: an empty list, and -1 where the kernel says so.
        const isNone = back[field] === undefined && (value === -1 || (Array.isArray(value) && value.length === 0))
        if (isNone || field === otherwise) continue
        // Of a set with a header, which it always has, an empty one has all fields.
        const isSet = typeof value === 'object' && value !== null && Object.keys(value).length === 0
        if (!isSet) assert.equal(back[field], value, `${shown} became ${JSON.stringify(back[field])}`)
      }
    })
  }
}

encoders('what is refused is not sent, by itself or among many', async () => {
  const connection = await Connection.open({ transports: new FakeKernel() })
  let refused = 0
  for (const { name, message } of messages) {
    for (const field of message.set.plan.names) {
      for (const value of junk) {
        const entry = { [field]: value } as Partial<unknown>
        try {
          thereAndBack(message, entry as Entry)
          continue
        } catch {
          refused++
        }
        const request = { message, type: 16, entry, operation: `set ${name}` }
        const error = await connection.request(request).catch((reason: unknown) => reason)
        assert.ok(names(error, message, [field]), String(error))
        const { done, failed } = await connection.requestAll([request])
        assert.is(done, 0)
        assert.ok(names(failed[0]?.error, message, [field]), String(failed[0]?.error))
      }
    }
  }
  assert.ok(refused > 1000)
  assert.is(connection.counters.sentBytes, 0)
  connection.close()
})

encoders.run()
