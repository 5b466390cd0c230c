import process from 'node:process'
import { type Explanation, explainPacket, type Leg, type Step } from '@rtnl/explain'
import type { Link } from '@rtnl/link'
import { Notifier } from '@rtnl/notifier'
import {
  addressModule,
  fdbModule,
  InterfaceNames,
  lineText,
  linkModule,
  neighborModule,
  nexthopModule,
  routeModule,
  ruleModule,
} from '@rtnl/tables'
import type { Paint } from '../output/paint.ts'
import { jsonText, printable } from '../output/printable.ts'
import type { StandardOutput } from '../output/standard-output.ts'

export interface ExplainOptions {
  readonly from: string | undefined
  readonly netns: string | undefined
  readonly json: boolean
  readonly paint: Paint
}

/**
 * Prints where a packet of this host goes, step by step. Throws as `explainPacket`.
 */
export async function explainAddress(
  dst: string,
  { from, netns, json, paint }: ExplainOptions,
  output: StandardOutput,
): Promise<void> {
  await using notifier = await Notifier.open({ netns })
  const uid = userId()
  const explanation = await explainPacket(notifier, { dst, src: from, ...(uid === undefined ? {} : { uid }) })
  if (json) return output.write(`${jsonText(explanation)}\n`)
  const names = await InterfaceNames.follow(notifier)
  await output.write(explanationText(explanation, names, paint))
}

/** The user, whom rules may match. Deno says it with `--allow-sys` only; without, the kernel's answer corrects the step. */
function userId(): number | undefined {
  try {
    return process.getuid?.()
  } catch {
    return undefined
  }
}

function explanationText({ steps, outcome, text }: Explanation, names: InterfaceNames, paint: Paint): string {
  const lines = steps.flatMap((step) => {
    const indent = step.underlay ? '  ' : ''
    const entry = entryText(step, names)
    return [
      `${indent}${paint.strong(step.kind.padEnd(kindWidth))}${entry === undefined ? '-' : printable(entry)}`,
      ...legsOf(step).map((leg) => `${indent}${space}${printable(legText(leg, names))}`),
      `${indent}${space}${paint.faint(printable(step.text))}`,
    ]
  })
  const sign = outcome === 'delivered' ? paint.added : outcome === 'stops' ? paint.removed : paint.changed
  return `${[...lines, `${sign(outcome)}: ${printable(text)}`].join('\n')}\n`
}

/** The longest kind and two spaces. */
const kindWidth = 11
const space = ' '.repeat(kindWidth)

/** The entry of a step in the words of `ip` and `bridge`. */
function entryText(step: Step, names: InterfaceNames): string | undefined {
  if (step.entry === undefined) return undefined
  switch (step.kind) {
    case 'source':
      return lineText(addressModule, step.entry, names)
    case 'rule':
      return lineText(ruleModule, step.entry, names)
    case 'route':
      return lineText(routeModule, step.entry, names)
    case 'nexthop':
      return lineText(nexthopModule, step.entry, names)
    case 'interface':
    case 'port':
      return linkText(step.entry, names)
    case 'neighbor':
      return lineText(neighborModule, step.entry, names)
    case 'fdb':
      return lineText(fdbModule, step.entry, names)
    case 'vtep':
      return 'ifindex' in step.entry
        ? lineText(fdbModule, step.entry, names)
        : lineText(nexthopModule, step.entry, names)
  }
}

/** A link without its options as a port, which are many. */
function linkText({ slaveKind: _, bridgePort: _options, ...link }: Link, names: InterfaceNames): string {
  return lineText(linkModule, link, names)
}

/** The ways of a step, where there is more than one. */
function legsOf(step: Step): readonly Leg[] {
  const legs = step.kind === 'route' || step.kind === 'fdb' ? step.legs : []
  return legs.length > 1 ? legs : []
}

function legText({ nexthopId, gateway, oif, weight, share, chosen, unusable }: Leg, names: InterfaceNames): string {
  const words = [
    ...(nexthopId === undefined ? [] : [`id ${nexthopId}`]),
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(oif === undefined ? [] : [`dev ${names.name(oif)}`]),
    `weight ${weight}`,
    unusable === undefined ? `${Math.round(share * 100)} %` : `(${unusable})`,
  ]
  return `${chosen ? '>' : ' '} ${words.join(' ')}`
}
