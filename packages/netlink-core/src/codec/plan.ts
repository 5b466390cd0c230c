import { align } from '../netlink.ts'
import type { Kind } from './kind.ts'
import type { HeaderKind } from './scalars.ts'
import { type Composed, type Fields, type HeaderFields, isComposed, isRepeated } from './schema.ts'

/** A declaration with everything worked out that both engines need. */
export interface Plan {
  readonly name: string
  /** Bytes of the fixed header, before alignment. */
  readonly headerSize: number
  readonly header: readonly HeaderPlan[]
  readonly attributes: readonly AttributePlan[]
  readonly composed: readonly ComposedPlan[]
  /** Every attribute that is looked at, its type and bounds, once each. */
  readonly spans: readonly SpanPlan[]
  /** Names of all visible fields in the order of the entry: header first, then as declared. */
  readonly names: readonly string[]
}

interface HeaderPlan {
  readonly name: string
  readonly offset: number
  readonly kind: HeaderKind
  readonly visible: boolean
}

export interface AttributePlan {
  readonly name: string
  readonly type: number
  readonly kind: Kind<unknown>
  readonly volatile: boolean
  /** May stand several times: the value is an array. */
  readonly repeated: boolean
  /** Place among all fields as declared. */
  readonly order: number
}

interface ComposedPlan {
  readonly name: string
  readonly field: Composed<unknown>
  /** For each span of the field its index in `Plan.spans`. */
  readonly spans: readonly number[]
  readonly order: number
}

interface SpanPlan {
  readonly type: number
  readonly name: string
  readonly minimum: number
  readonly maximum: number
  readonly readOnly?: boolean
  readonly lengths?: readonly number[]
}

// Names become source text in the compiled decoder; nothing else of a declaration does.
const identifier = /^[a-z][A-Za-z0-9]*$/

export function plan(name: string, header: HeaderFields, fields: Fields): Plan {
  const headerPlans: HeaderPlan[] = []
  let offset = 0
  for (const [fieldName, field] of Object.entries(header)) {
    check(name, fieldName)
    // As the C compiler lays a struct out.
    offset = Math.ceil(offset / field.kind.size) * field.kind.size
    headerPlans.push({ name: fieldName, offset, kind: field.kind, visible: field.visible })
    offset += field.kind.size
  }
  const attributes: AttributePlan[] = []
  const composedPlans: ComposedPlan[] = []
  const spans: SpanPlan[] = []
  for (const [order, [fieldName, field]] of Object.entries(fields).entries()) {
    check(name, fieldName)
    if (isComposed(field)) {
      const indexes = field.spans.map((span) => {
        const known = spans.findIndex((other) => other.type === span.type)
        return known >= 0 ? known : spans.push({ ...span, name: fieldName }) - 1
      })
      composedPlans.push({ name: fieldName, field, spans: indexes, order })
    } else {
      const { type, kind, volatile } = field
      attributes.push({ name: fieldName, type, kind, volatile, repeated: isRepeated(field), order })
    }
  }
  return {
    name,
    headerSize: offset,
    header: headerPlans,
    attributes,
    composed: composedPlans,
    spans,
    names: [...headerPlans.filter((field) => field.visible).map((field) => field.name), ...Object.keys(fields)],
  }
}

function check(set: string, name: string): void {
  if (!identifier.test(name)) throw new TypeError(`declaration of ${set}: ${JSON.stringify(name)} is no field name`)
}

/** Offset of the first attribute from the start of the header. */
export function attributesOffset(plan: Plan): number {
  return align(plan.headerSize)
}
