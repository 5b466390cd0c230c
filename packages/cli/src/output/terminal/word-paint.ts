import type { Paint } from '../paint.ts'
import type { Token } from './layout.ts'

const ipv4 = /^\d+\.\d+\.\d+\.\d+(?:\/\d+)?$/
const hardwareAddress = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/
const ipv6 = /^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*(?:\/\d+)?$/
/** Words behind which the name of an interface stands. */
const beforeNames: ReadonlySet<string> = new Set(['dev', 'master', 'port', 'bridge', 'svi', 'vrf', 'iif', 'oif'])
const goodStates: ReadonlySet<string> = new Set(['UP', 'REACHABLE', 'PERMANENT', 'forwarding'])
const badStates: ReadonlySet<string> = new Set(['DOWN', 'LOWERLAYERDOWN', 'FAILED', 'dead', 'linkdown', 'blocking'])

/** The words of a text, each in the colour that `ip -color` gives to what it is. */
export function paintedWords(text: string, paint: Paint): Token[] {
  const words = text.split(/[ \t]+/)
  return words.map((word, place) => ({ text: word, paint: paintOf(word, words[place - 1] ?? '', paint) }))
}

function paintOf(word: string, before: string, paint: Paint): Token['paint'] {
  if (beforeNames.has(before) || /^\d+:$/.test(before)) return paint.ifname
  if (ipv4.test(word)) return paint.inet
  if (hardwareAddress.test(word)) return paint.mac
  if (ipv6.test(word)) return paint.inet6
  if (goodStates.has(word)) return paint.added
  return badStates.has(word) ? paint.removed : undefined
}
