import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import { changesOf, type LiveTable } from '@rtnl/live-table'
import { Connection } from '@rtnl/netlink-core'
import { aborted, onAbort } from '@rtnl/netlink-core/internal'
import { Notifier } from '@rtnl/notifier'
import { Recorder } from '@rtnl/recorder'
import { openPart, type TableModule } from '@rtnl/tables'
import { count } from '../output/count.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { checkFree, fileError, RingFiles } from '../recording/files.ts'
import { stopSignal } from '../stop-signal.ts'

export interface RecordOptions {
  readonly netns: string | undefined
  /** Bytes of the ring; `undefined`: everything is written to the file. */
  readonly ring: number | undefined
  /** How long is recorded once all tables are open, in milliseconds. Default: until a signal. */
  readonly for: number | undefined
}

/** Times that all tables are waited for at the end, where what happens makes others invalid each time. */
const mostRounds = 20

/** Milliseconds between two looks at the progress. */
const progressInterval = 250

/** Records all messages of tables until a signal. They are read again at the end, so that the file has what a replay ends with. */
export async function record(
  modules: readonly TableModule<unknown>[],
  file: string,
  { netns, ring, for: milliseconds }: RecordOptions,
  output: StandardOutput,
): Promise<void> {
  const stop = stopSignal(output, true)
  const tables: LiveTable<unknown>[] = []
  const recorder = open(file, ring, () => void readAgain(tables).catch(() => {}))
  const files = ring === undefined ? undefined : new RingFiles(recorder, file, output)
  const progress = showProgress(recorder, output)
  try {
    await follow(modules, { netns, recorder, tables, milliseconds, stop })
  } finally {
    clearInterval(progress)
    if (progress !== undefined) output.stderr.write('\r\x1b[K')
    recorder.close()
    files?.write()
    files?.close()
  }
  if (recorder.broken.aborted) throw fileError(file, recorder.broken.reason)
  const { packets, bytes, losses } = recorder.stats
  output.print(`${files?.latest ?? file}: ${count(packets)} packets, ${count(bytes)} bytes, ${count(losses)} losses\n`)
}

function open(file: string, limit: number | undefined, turned: () => void): Recorder {
  try {
    if (limit === undefined) return new Recorder({ file })
    checkFree(file)
    return new Recorder({ limit, turned })
  } catch (error) {
    throw fileError(file, error)
  }
}

interface Following {
  readonly netns: string | undefined
  readonly recorder: Recorder
  /** The tables that are open; takes each one that is opened. */
  readonly tables: LiveTable<unknown>[]
  readonly milliseconds: number | undefined
  readonly stop: AbortSignal
}

async function follow(
  modules: readonly TableModule<unknown>[],
  { netns, recorder, tables, milliseconds, stop }: Following,
): Promise<void> {
  await using connection = await Connection.open({ transports: recorder.transports({ netns }) })
  await using notifier = await Notifier.open({ connection })
  const end = new AbortController()
  onAbort(stop, () => end.abort())
  onAbort(recorder.broken, () => end.abort())
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    for (const module of modules) tables.push(await openPart(module.part({}), { notifier, signal: end.signal }))
    recorder.note(`follows ${tables.map(({ definition, size }) => `${definition.name} (${size})`).join(', ')}`)
    if (milliseconds !== undefined) timer = setTimeout(() => end.abort(), milliseconds)
    const noting = note(tables, recorder, end.signal)
    await Promise.race([aborted(end.signal), noting])
    if (!recorder.broken.aborted) {
      await readAgain(tables)
      await untilValid(tables)
    }
  } catch (error) {
    // What was aborted has not failed.
    if (!end.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
    for (const table of tables) table.close()
  }
}

/** What one of them finds may have others read again. */
async function untilValid(tables: readonly LiveTable<unknown>[]): Promise<void> {
  for (let round = 0; round < mostRounds && tables.some(({ state }) => state === 'stale'); round++) {
    for (const table of tables) await table.waitForSync()
  }
}

/** Writes what happens to tables beside changes into the recording. */
async function note(tables: readonly LiveTable<unknown>[], recorder: Recorder, signal: AbortSignal): Promise<void> {
  try {
    for await (const batch of changesOf(tables, { initial: false, signal })) {
      if (batch.event !== 'resync' && batch.event !== 'incomplete') continue
      recorder.note(`${batch.event} of ${batch.table} (${batch.reason}): ${batch.entries} entries`)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** One after the other, as they were opened. */
async function readAgain(tables: readonly LiveTable<unknown>[]): Promise<void> {
  for (const table of tables) await table.resync()
}

function showProgress(recorder: Recorder, { stderr }: StandardOutput): ReturnType<typeof setInterval> | undefined {
  if (stderr.isTTY !== true) return undefined
  const show = (): void => {
    const { packets, bytes, losses } = recorder.stats
    stderr.write(`\r${count(packets)} packets, ${count(bytes)} bytes, ${count(losses)} losses `)
  }
  return setInterval(show, progressInterval).unref()
}
