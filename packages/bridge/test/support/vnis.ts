import type { Vni } from '@rtnl/bridge'
import { ifindexes, show } from './netns.ts'

interface ShownVnis {
  readonly ifname: string
  readonly vnis: readonly {
    readonly vni: number
    readonly vniEnd?: number
    readonly group?: string
    readonly remote?: string
  }[]
}

export const vniText = ({ ifindex, vni, group = '' }: Vni): string => `${ifindex} ${vni} ${group}`

/** What `bridge vni` shows, as `vniText` says it. */
export function shownVnis(netns: string): string[] {
  const indexes = ifindexes(netns)
  return show<ShownVnis>(netns, 'bridge vni').flatMap(({ ifname, vnis }) =>
    vnis.flatMap(({ vni, vniEnd = vni, group, remote = group ?? '' }) =>
      Array.from({ length: vniEnd - vni + 1 }, (_, more) => `${indexes.get(ifname)} ${vni + more} ${remote}`),
    ),
  )
}
