import { FakeNamespace } from '@rtnl/fake-kernel'
import { LinkTable } from '@rtnl/link'
import { type ChangeBatch, changesOf, type LiveTable } from '@rtnl/live-table'
import { Connection } from '@rtnl/netlink-core'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { type Recorder, type Recording, Replay } from '@rtnl/recorder'
import { RouteTable } from '@rtnl/route'

/** What a program saw of its tables. */
export interface Seen {
  /** The entries of each table at the end, as text. */
  readonly entries: readonly string[]
  readonly batches: readonly ChangeBatch<unknown>[]
}

type Tables = readonly LiveTable<never>[]

async function openTables(notifier: Notifier): Promise<Tables> {
  const links = await LinkTable.open({ notifier })
  const nexthops = await NexthopTable.open({ notifier })
  const routes = await RouteTable.open({ notifier })
  return [links, nexthops, routes] as unknown as Tables
}

function follow(tables: Tables): { readonly batches: ChangeBatch<unknown>[]; readonly done: Promise<void> } {
  const batches: ChangeBatch<unknown>[] = []
  const done = (async () => {
    for await (const batch of changesOf(tables)) batches.push(batch)
  })()
  return { batches, done }
}

function contentOf(tables: Tables): string[] {
  return tables.map((table) =>
    [...table]
      .map((entry) => JSON.stringify(entry))
      .sort()
      .join('\n'),
  )
}

/** A program that follows links, nexthops and routes of a fake kernel while this is changed, recorded. */
export async function recordProgram(
  recorder: Recorder,
  change: (kernel: FakeNamespace, connection: Connection) => Promise<void>,
): Promise<Seen> {
  const kernel = new FakeNamespace()
  const connection = await Connection.open({ transports: recorder.record(kernel) })
  const writer = await Connection.open({ transports: kernel })
  const notifier = await Notifier.open({ connection })
  const tables = await openTables(notifier)
  const { batches, done } = follow(tables)
  await change(kernel, writer)
  for (const table of tables) await table.waitForSync()
  for (const table of tables) await table.resync()
  const entries = contentOf(tables)
  for (const table of tables) table.close()
  await done
  for (const closed of [notifier, connection, writer, recorder]) closed.close()
  return { entries, batches }
}

/** The same program, fed from a recording. */
export async function replayProgram(recording: Recording): Promise<Seen & { readonly unanswered: number }> {
  const replay = new Replay(recording)
  const connection = await Connection.open({ transports: replay })
  const notifier = await Notifier.open({ connection })
  let tables: Tables = []
  const playing = replay.play({ settled: () => tables.length > 0 && tables.every(({ state }) => state === 'live') })
  try {
    tables = await openTables(notifier)
    const { batches, done } = follow(tables)
    const unanswered = await playing
    const entries = contentOf(tables)
    for (const table of tables) table.close()
    await done
    return { entries, batches, unanswered }
  } finally {
    notifier.close()
    connection.close()
    await playing
  }
}
