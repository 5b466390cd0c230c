import { addressBytes } from '../codec/values.ts'
import type { Encapsulation } from './encapsulation.ts'

/**
 * Whether the kernel holds the encapsulation that is wanted. It shows zeros for what was not given: the source, the TTL
 * and the flags of `LWTUNNEL_ENCAP_IP`. Addresses are compared, and not their texts; of counters, whether there are any.
 */
export function sameEncapsulation(wanted: Encapsulation | undefined, actual: Encapsulation | undefined): boolean {
  return sameField(wanted, actual)
}

/** The field of `LWTUNNEL_ENCAP_SEG6_LOCAL` whose values run. */
const counters = 'counters'

function sameField(wanted: unknown, actual: unknown): boolean {
  if (isZero(wanted) || isZero(actual)) return isZero(wanted) && isZero(actual)
  if (typeof wanted === 'string' && typeof actual === 'string') return canonical(wanted) === canonical(actual)
  if (Array.isArray(wanted) && Array.isArray(actual) && wanted.length !== actual.length) return false
  if (!isStructure(wanted) || !isStructure(actual)) return wanted === actual
  return Object.keys({ ...wanted, ...actual }).every((name) =>
    name === counters
      ? (wanted[name] === undefined) === (actual[name] === undefined)
      : sameField(wanted[name], actual[name]),
  )
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isZero(value: unknown): boolean {
  if (typeof value !== 'string') return value === undefined || value === 0
  return isAddress(value) && addressBytes(value).every((byte) => byte === 0)
}

/** Hex digits have neither dots nor colons. */
function isAddress(text: string): boolean {
  return text.includes('.') || text.includes(':')
}

function canonical(text: string): string {
  return isAddress(text) ? addressBytes(text).join() : text.toLowerCase()
}
