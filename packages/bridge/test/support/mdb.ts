import { type Mdb, MdbFlag } from '@rtnl/bridge'
import { ifindexes, show } from './netns.ts'

interface ShownEntry {
  readonly dev: string
  readonly port: string
  readonly grp: string
  readonly src?: string
  readonly vid?: number
  readonly state: string
  readonly filter_mode?: string
  readonly protocol?: string
  readonly source_list?: readonly { readonly address: string }[]
  readonly flags: readonly string[]
}

const protocols = new Map([
  ['kernel', 2],
  ['static', 4],
])

const flagNames = [
  [MdbFlag.OFFLOAD, 'offload'],
  [MdbFlag.FAST_LEAVE, 'fast_leave'],
  [MdbFlag.STAR_EXCL, 'added_by_star_ex'],
  [MdbFlag.BLOCKED, 'blocked'],
] as const

/** What counts of an entry, without timers. */
export function mdbText(entry: Mdb): string {
  const { ifindex, port, group, source, vid, state, flags = 0, groupMode, protocol, sources } = entry
  const list = sources?.map(({ address }) => address).join()
  const names = flagNames.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)
  return JSON.stringify([ifindex, port, group, source, vid, state, groupMode, protocol, list, names.sort()])
}

/** What `bridge -d mdb` shows, as `mdbText` says it. */
export function shownMdb(netns: string): string[] {
  const indexes = ifindexes(netns)
  return show<{ mdb: readonly ShownEntry[] }>(netns, 'bridge -d mdb show').flatMap(({ mdb }) =>
    mdb.map(({ dev, port, grp, src, vid, state, filter_mode, protocol, source_list, flags }) =>
      JSON.stringify([
        indexes.get(dev),
        indexes.get(port),
        grp,
        src,
        vid,
        state === 'permanent' ? 1 : 0,
        filter_mode === undefined ? undefined : filter_mode === 'include' ? 1 : 0,
        protocol === undefined ? undefined : (protocols.get(protocol) ?? Number(protocol)),
        source_list?.map(({ address }) => address).join(),
        [...flags].sort(),
      ]),
    ),
  )
}
