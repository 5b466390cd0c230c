import type { Evpn, EvpnOptions } from '@rtnl/evpn'
import { changesOf, incompleteText } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { type EvpnCollection, InterfaceNames } from '@rtnl/tables'
import { Ages } from '../evpn/ages.ts'
import { jsonParts, textParts } from '../evpn/content.ts'
import { lineModules } from '../evpn/line-modules.ts'
import { batchesOfVni, isOfVni } from '../evpn/of-vni.ts'
import { type LineStyle, linePrinter } from '../output/line-printer.ts'
import type { Paint } from '../output/paint.ts'
import { jsonPrinter, printChanges } from '../output/print-changes.ts'
import { chunkSize, type StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'

interface EvpnChoice {
  readonly netns: string | undefined
  /** Only entries of this VNI. */
  readonly vni: number | undefined
}

export interface EvpnShowOptions extends EvpnChoice {
  readonly json: boolean
  readonly paint: Paint
}

export interface EvpnWatchOptions extends EvpnChoice {
  /** How changes are written for people; `undefined`: as JSON. */
  readonly style: LineStyle | undefined
}

/** The package is loaded when it is used: the other commands start without it. */
async function openEvpn(options: EvpnOptions): Promise<Evpn> {
  const evpn = await import('@rtnl/evpn')
  return evpn.Evpn.open(options)
}

/** Prints collections once. */
export async function showEvpn(
  collections: readonly EvpnCollection<unknown>[],
  { json, netns, vni, paint }: EvpnShowOptions,
  output: StandardOutput,
): Promise<void> {
  await using notifier = await Notifier.open({ netns })
  await using evpn = await openEvpn({ notifier })
  const entriesOf = function* ({ name }: EvpnCollection<unknown>): Generator<unknown> {
    for (const entry of evpn[name]) if (vni === undefined || isOfVni(entry, vni)) yield entry
  }
  const ages = await Ages.read(notifier.connection, collections)
  const lines = json
    ? jsonParts(collections, entriesOf, ages)
    : textParts(collections, entriesOf, { paint, names: await InterfaceNames.follow(notifier), arps: evpn.arps, ages })
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < chunkSize) continue
    await output.write(text)
    text = ''
  }
  await output.write(text)
  // All collections are of the same tables.
  const { incomplete } = evpn.vnis
  if (incomplete.length > 0) throw new Error(`evpn: incomplete: ${incompleteText(incomplete)}`)
}

/** Prints what the collections hold, then every change, until a signal or the end of the output. */
export async function watchEvpn(
  collections: readonly EvpnCollection<unknown>[],
  { style, netns, vni }: EvpnWatchOptions,
  output: StandardOutput,
): Promise<void> {
  await untilStopped(output, async (stop) => {
    await using notifier = await Notifier.open({ netns })
    const printer =
      style === undefined ? jsonPrinter : linePrinter(style, await InterfaceNames.follow(notifier), output)
    // With `expand` the lines of an address tell of its group, so that folding them gives what `show` prints.
    await using evpn = await openEvpn({ notifier, expand: true, signal: stop })
    const batches = changesOf(
      collections.map(({ name }) => evpn[name]),
      { signal: stop },
    )
    const seen = vni === undefined ? batches : batchesOfVni(batches, vni)
    await printChanges(seen, lineModules(collections), printer, output, stop)
  })
}
