import type { Link } from '@rtnl/link'
import { inTurns } from '@rtnl/netlink-core'
import type { FdbTable } from '../fdb/table.ts'
import type { Neighbor } from '../message.ts'
import { vniOf } from '../views.ts'

type ByVni = ReadonlyMap<number | undefined, readonly Neighbor[]>

const nothing: readonly Neighbor[] = []

/**
 * The forwarding entries of vxlans during a run. Each vxlan is iterated once, however many segments share it: a vxlan that
 * carries many VNIs has the entries of all of them.
 */
export class VxlanContents {
  readonly #open: (ifindex: number) => Promise<FdbTable>
  readonly #contents = new Map<number, ByVni>()

  /** @param open gives the table of a vxlan, with all that has happened by now */
  constructor(open: (ifindex: number) => Promise<FdbTable>) {
    this.#open = open
  }

  /** The entries of a vxlan that belong to a VNI. */
  async of({ ifindex, vxlan }: Link, vni: number): Promise<readonly Neighbor[]> {
    const many = vxlan?.collectMetadata === 1
    let content = this.#contents.get(ifindex)
    if (content === undefined) {
      const entries = await (await this.#open(ifindex)).snapshot()
      content = many ? await grouped(entries) : new Map([[undefined, entries]])
      this.#contents.set(ifindex, content)
    }
    return content.get(many ? vni : undefined) ?? nothing
  }
}

async function grouped(entries: readonly Neighbor[]): Promise<ByVni> {
  const byVni = new Map<number | undefined, Neighbor[]>()
  await inTurns(entries, (entry) => {
    const vni = vniOf(entry)
    const known = byVni.get(vni)
    if (known === undefined) byVni.set(vni, [entry])
    else known.push(entry)
  })
  return byVni
}
