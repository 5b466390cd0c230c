import { DecodeError } from '@rtnl/netlink-core'
import { attributesOffset } from '../../../../packages/netlink-core/src/codec/plan.ts'
import { type Declared, messages } from '../declared.ts'
import { type Engine, withEngine } from '../engines.ts'
import { seeds } from '../seeds.ts'
import { Broken, everywhere, outcome, type Placed } from '../surroundings.ts'
import { messageOf, readInput, type Target, writeInput } from '../target.ts'

/** Ways to decode a message. */
const ways = ['decode', 'decodeStable', 'decodeWhole'] as const

function decoded(
  { message }: Declared,
  engine: Engine,
  way: (typeof ways)[number],
  { view, start, end }: Placed,
): string {
  return withEngine(engine, () => {
    try {
      const value = message[way](view, start, end)
      return JSON.stringify(value, (_key, each: unknown) => (each instanceof Uint8Array ? [...each] : each))
    } catch (error) {
      if (error instanceof DecodeError) return String(error)
      throw new Broken(`${message.name}.${way} throws ${String(error)}`, { cause: error })
    }
  })
}

/** The name of a place is for error messages, and may be missing. */
function located({ message: { set } }: Declared, { view, start, end }: Placed): string {
  return outcome(() => Array.from({ length: end - start }, (_, at) => set.locate(view, start, end, start + at)))
}

export const decoders: Target = {
  name: 'decoders',
  isAsync: false,
  promise: 'compiled and interpreted decoders make the same of any bytes, or refuse them with the same DecodeError',
  sources: [
    'netlink-core/src/codec',
    'netlink-core/src/lwtunnel',
    '*/src/message.ts',
    'bridge/src/*/message.ts',
    'link/src/kind',
    'route/src/hop.ts',
    'route/src/prefix.ts',
    'nexthop/src/group.ts',
  ],
  *seeds() {
    for (const [choice, { types }] of messages.entries()) {
      for (const { type, body } of seeds()) {
        if (types.includes(type)) yield writeInput({ choice, flags: 0, script: new Uint8Array(0), message: body })
      }
      yield writeInput({ choice, flags: 0, script: new Uint8Array(0), message: new Uint8Array(16) })
    }
  },
  run(bytes) {
    const input = readInput(bytes)
    const each = messages[input.choice % messages.length]!
    const message = messageOf(input, attributesOffset(each.message.set.plan))
    for (const way of ways) {
      const compiled = everywhere(message, `compiled ${way}`, (place) => decoded(each, 'compiled', way, place))
      const interpreted = everywhere(message, `interpreted ${way}`, (place) => decoded(each, 'interpreted', way, place))
      if (compiled !== interpreted) throw new Broken(`${each.name}: ${way} differs:\n${compiled}\n${interpreted}`)
    }
    if (message.length < 200) everywhere(message, 'locate', (place) => located(each, place))
  },
}
