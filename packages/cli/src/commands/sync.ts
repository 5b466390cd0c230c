import { followInterface, type Link, LinkTable } from '@rtnl/link'
import { Notifier } from '@rtnl/notifier'
import {
  additivePlaces,
  BadEntryError,
  checkOwnerOptions,
  InterfaceNames,
  markedPlaces,
  type OwnerOptions,
  type Place,
  type Places,
  UnfitInterfaceError,
  UsageError,
  type WritableTable,
} from '@rtnl/tables'
import type { StandardOutput } from '../output/standard-output.ts'
import { stopSignal } from '../stop-signal.ts'
import { nameOf, readDesired } from '../sync/desired-file.ts'
import { KeepSession } from '../sync/keep-session.ts'
import { syncOnce } from '../sync/sync-once.ts'
import { SyncReport } from '../sync/sync-report.ts'

export interface SyncOptions {
  readonly file: string
  readonly owner: OwnerOptions
  readonly netns: string | undefined
  readonly json: boolean
  readonly dryRun: boolean
  /** Stays, and heals what others change, until a signal. */
  readonly keep: boolean
  /** What to do with the owned entries at the end of `keep`. */
  readonly onExit: 'keep' | 'remove'
}

/**
 * Makes the kernel hold exactly the entries of a file.
 * @returns whether everything could be done
 */
export async function sync(table: WritableTable, options: SyncOptions, output: StandardOutput): Promise<boolean> {
  const { file, owner, netns, json, dryRun, keep, onExit } = options
  checkOwnerOptions(table, owner)
  if (keep && table.sync.takes.includes('dev') && owner.dev === undefined) {
    throw new UsageError(`sync ${table.name} --keep needs --dev`)
  }
  const entries = expanded(table, await readDesired(file), file)
  await using notifier = await Notifier.open({ netns })
  const report = new SyncReport(table, { names: await InterfaceNames.follow(notifier), json, keep }, output)
  const links = await LinkTable.open({ notifier })
  const open = { notifier, file, additive: owner.additive === true }
  if (!keep) {
    const { places, leftOut } = placesOf(table, owner, entries, links)
    report.leftOut(leftOut)
    return await syncOnce(places, { ...open, dryRun }, report)
  }
  const stop = stopSignal(output, true)
  const session = new KeepSession(entries, { ...open, onExit, stop }, report)
  const { dev } = owner
  if (dev === undefined) await session.run(keptPlaces(table, owner, entries, undefined), stop)
  else {
    const use = async (link: Link | undefined, over: AbortSignal): Promise<void> => {
      if (link === undefined) return session.wait(`${dev}, which does not exist`)
      try {
        await session.run(keptPlaces(table, owner, entries, link), over, () => hasOtherName(link, dev, links))
      } catch (error) {
        if (error instanceof UnfitInterfaceError) return session.wait(error.what)
        // The interface may have been deleted, and the message about it may not have arrived yet.
        await links.waitForSync()
        if (stop.aborted || !over.aborted) throw error
      }
    }
    await followInterface(links, dev, use, { signal: stop, isSame: table.sync.isSame })
  }
  return await session.end()
}

/** @throws {UsageError} an entry of the file is a range that there cannot be */
function expanded({ sync }: WritableTable, entries: object[], file: string): object[] {
  try {
    return sync.expand?.(entries) ?? entries
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw new BadEntryError(`${nameOf(file)}: ${error.message.replace(/^\w+(?=\[)/, '')}`)
  }
}

function placesOf(table: WritableTable, owner: OwnerOptions, entries: readonly object[], links: LinkTable): Places {
  if (owner.additive === true) return additivePlaces(table, owner, entries, links)
  const [first, second] = markedPlaces(table, owner, entries, findLink(owner.dev, links))
  return { places: second === undefined ? [first] : [first, second], leftOut: [] }
}

/**
 * The place where the entries are maintained, then the place whose owned entries are removed.
 * @throws {UsageError} there are entries of two kinds
 */
function keptPlaces(
  table: WritableTable,
  owner: OwnerOptions,
  entries: readonly object[],
  link: Link | undefined,
): readonly [Place, Place?] {
  if (owner.additive === true) {
    return [{ rules: table.sync.rules(owner, entries, link), entries, positions: [...entries.keys()] }]
  }
  const places = markedPlaces(table, owner, entries, link)
  if ((places[1]?.entries.length ?? 0) === 0) return places
  throw new UsageError(table.sync.companion?.(owner, entries)?.keptApart)
}

/** Whether an interface is still there, and the name is not one of its names. */
function hasOtherName({ ifindex }: Link, dev: string, links: LinkTable): boolean {
  return links.get({ ifindex }) !== undefined && links.ifindex(dev) !== ifindex
}

function findLink(dev: string | undefined, links: LinkTable): Link | undefined {
  if (dev === undefined) return undefined
  const ifindex = links.ifindex(dev)
  const link = ifindex === undefined ? undefined : links.get({ ifindex })
  if (link === undefined) throw new Error(`--dev: there is no interface '${dev}'; \`rtnl show link\` lists them`)
  return link
}
