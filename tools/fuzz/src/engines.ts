import { AttributeSet, type UnknownAttribute } from '@rtnl/netlink-core'
import { compiledDecoder, type Decoder, interpretedDecoder } from '../../../packages/netlink-core/src/codec/decode.ts'
import type { Plan } from '../../../packages/netlink-core/src/codec/plan.ts'

/** How the sets of attributes are read: by the compiled decoder or by the one that walks the declaration. */
export type Engine = 'compiled' | 'interpreted'

interface Decoders {
  readonly compiled: Decoder
  readonly interpreted: Decoder
}

const decoders = new WeakMap<Plan, Decoders>()
let engine: Engine = 'compiled'

function decodersOf(plan: Plan): Decoders {
  let both = decoders.get(plan)
  if (both === undefined) {
    both = { compiled: compiledDecoder(plan), interpreted: interpretedDecoder(plan) }
    decoders.set(plan, both)
  }
  return both
}

// Sets of attributes are nested, also inside functions that nobody else can reach; so the engine is chosen where all of them
// are read, and for all of them.
AttributeSet.prototype.read = function read(
  this: AttributeSet<unknown>,
  view: DataView,
  start: number,
  end: number,
  unknown?: UnknownAttribute[] | undefined,
  volatile = true,
): unknown {
  return decodersOf(this.plan)[engine](view, start, end, unknown, volatile)
}

/** Calls a function while one engine reads everything. */
export function withEngine<T>(chosen: Engine, call: () => T): T {
  const before = engine
  engine = chosen
  try {
    return call()
  } finally {
    engine = before
  }
}
