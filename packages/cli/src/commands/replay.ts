import { type ChangeBatch, changesOf, type LiveTable } from '@rtnl/live-table'
import { Connection } from '@rtnl/netlink-core'
import { onAbort } from '@rtnl/netlink-core/internal'
import { Notifier } from '@rtnl/notifier'
import { openRecording, type Recording, Replay } from '@rtnl/recorder'
import { InterfaceNames, linkModule, openPart, type TableModule } from '@rtnl/tables'
import { errorLine } from '../output/error-line.ts'
import { type LineStyle, linePrinter } from '../output/line-printer.ts'
import { jsonPrinter, printChanges } from '../output/print-changes.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { recordedTables } from '../recording/recorded-tables.ts'
import { untilStopped } from '../stop-signal.ts'
import { printTable } from './show.ts'

export interface ReplayOptions {
  /** Whether tables are printed as they are at the end, or changes as they come. */
  readonly what: 'show' | 'watch'
  /** How changes are written for people; `undefined`: as JSON. */
  readonly style: LineStyle | undefined
  /** So many times as fast as recorded; `undefined`: as fast as possible. */
  readonly speed: number | undefined
}

/** Feeds tables from a recording, and prints them. @param chosen none: all that are recorded */
export async function replay(
  file: string,
  chosen: readonly TableModule<unknown>[],
  options: ReplayOptions,
  output: StandardOutput,
): Promise<void> {
  const recording = read(file)
  for (const { offset, text } of recording.problems) output.complain(errorLine(`${file}: at byte ${offset}: ${text}`))
  const source = replayOf(recording, file)
  const recorded = recordedTables(source)
  const names = recorded.map(({ name }) => name).join(', ')
  for (const { name } of chosen) {
    if (recorded.some((module) => module.name === name)) continue
    throw new Error(`${file}: table ${name} was not recorded; recorded are: ${names === '' ? 'none' : names}`)
  }
  if (recorded.length === 0) throw new Error(`${file}: no table was recorded as a whole`)
  await untilStopped(output, (stop) =>
    play(source, recorded, chosen.length === 0 ? recorded : chosen, options, output, stop),
  )
}

function read(file: string): Recording {
  try {
    return openRecording(file)
  } catch (error) {
    throw new Error(`${file}: cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function replayOf(recording: Recording, file: string): Replay {
  try {
    return new Replay(recording)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

async function play(
  source: Replay,
  recorded: readonly TableModule<unknown>[],
  chosen: readonly TableModule<unknown>[],
  { what, style, speed }: ReplayOptions,
  output: StandardOutput,
  stop: AbortSignal,
): Promise<void> {
  await using connection = await Connection.open({ transports: source })
  await using notifier = await Notifier.open({ connection })
  const tables = new Map<TableModule<unknown>, LiveTable<unknown>>()
  const end = new AbortController()
  onAbort(stop, () => end.abort())
  const reader = new Reader()
  let open = false
  const settled = (): boolean =>
    open && [...tables.values()].every(({ state }) => state === 'live' || state === 'closed')
  const playing = source.play({ settled, speed, signal: end.signal, isRead: () => reader.waits })
  try {
    // All of them, in the order of the recording: so they ask for what the recorded ones asked for.
    for (const module of recorded) tables.set(module, await openPart(module.part({}), { notifier, signal: stop }))
    const names = style === undefined ? undefined : await interfaceNames(recorded, notifier)
    const shown = chosen.map((module) => tables.get(module)!)
    const changes = changesOf(shown, { signal: stop })
    open = true
    if (what === 'watch') {
      const printer =
        style === undefined || names === undefined ? jsonPrinter : linePrinter(style, names, output, () => source.time)
      const printing = printChanges(reader.reading(changes), chosen, printer, output, stop)
      const ended = playing.finally(() => {
        for (const table of tables.values()) table.close()
      })
      await Promise.all([printing, ended])
      return checkComplete(await playing)
    }
    const unanswered = await playing
    for (const module of chosen) await printTable(module, tables.get(module)!, names, output)
    checkComplete(unanswered)
  } finally {
    end.abort()
    await playing
    for (const table of tables.values()) table.close()
  }
}

function checkComplete(unanswered: number): void {
  if (unanswered === 0) return
  throw new Error(`the recording ends while tables were being read again (${unanswered} dumps): they are as of before`)
}

async function interfaceNames(recorded: readonly TableModule<unknown>[], notifier: Notifier): Promise<InterfaceNames> {
  return recorded.some(({ name }) => name === linkModule.name) ? InterfaceNames.follow(notifier) : new InterfaceNames()
}

/** Knows whether a reader of changes has read all that there is. */
class Reader {
  #waits = true

  get waits(): boolean {
    return this.#waits
  }

  async *reading(batches: AsyncGenerator<ChangeBatch<unknown>, void>): AsyncGenerator<ChangeBatch<unknown>, void> {
    try {
      while (true) {
        this.#waits = true
        const next = await batches.next()
        this.#waits = false
        if (next.done === true) return
        yield next.value
      }
    } finally {
      this.#waits = true
      await batches.return()
    }
  }
}
