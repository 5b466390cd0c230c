import { type Composed, composed, exactSpan, type HeaderKind, InvalidValue, showValue } from '@rtnl/netlink-core'

/** Numbers from a first to a last one. */
export interface Range {
  /** The first one. */
  readonly start: number
  /** The last one. */
  readonly end: number
}

/** `struct fib_rule_port_range` or `struct fib_rule_uid_range`: two numbers of the same size. */
export function range(type: number, kind: HeaderKind): Composed<Range> {
  return composed({
    spans: [exactSpan(type, kind.size * 2)],
    read(view, _start, at = -1) {
      if (at < 0) return undefined
      return { start: kind.read(view, at, kind.size), end: kind.read(view, at + kind.size, kind.size) }
    },
    write(writer, value) {
      if (typeof value !== 'object' || (value as unknown) === null)
        throw new InvalidValue(`${showValue(value)} is not an object`, true)
      const { start, end } = value
      const at = writer.begin(type)
      kind.write(writer, start)
      kind.write(writer, end)
      writer.end(at)
    },
  })
}
