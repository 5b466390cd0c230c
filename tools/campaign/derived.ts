import { vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { type Derived, derive, Evpn } from '@rtnl/evpn'
import { linkDefinition } from '@rtnl/link'
import type { LiveTable } from '@rtnl/live-table'
import { fdbDefinition, neighborDefinition } from '@rtnl/neighbor'
import { nexthopDefinition } from '@rtnl/nexthop'
import type { Notifier } from '@rtnl/notifier'
import { shown } from '../../packages/evpn/test/support/derived.ts'
import { Reader, type ReaderFigures } from './readers.ts'

/** The name of all that is derived in what is compared. */
export const derivedName = 'evpn'

const sources = {
  links: linkDefinition,
  vlans: vlanDefinition,
  filters: vniDefinition,
  fdb: fdbDefinition,
  nexthops: nexthopDefinition,
  neighbors: neighborDefinition,
}

/** Names of the tables that EVPN is derived from. */
export const sourceNames: readonly string[] = Object.values(sources).map(({ name }) => name)

const collections = ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices'] as const

/** EVPN as it is kept up to date, once without and once with each address behind a group that changes, whose changes are folded. */
export class DerivedFollowing {
  readonly #evpn: Evpn
  readonly #expanded: Evpn
  readonly #readers: Readonly<Record<keyof Derived, Reader<object>>>

  private constructor(evpn: Evpn, expanded: Evpn) {
    this.#evpn = evpn
    this.#expanded = expanded
    const figures: ReaderFigures = { changes: 0, resyncs: 0 }
    this.#readers = recordOf((name) => new Reader<object>(expanded[name], figures))
  }

  static async open(notifier: Notifier): Promise<DerivedFollowing> {
    return new DerivedFollowing(await Evpn.open({ notifier }), await Evpn.open({ notifier, expand: true }))
  }

  async caughtUp(): Promise<void> {
    for (const evpn of [this.#evpn, this.#expanded]) await evpn.waitForSync()
    for (const name of collections) await this.#readers[name].caughtUp(this.#expanded[name])
  }

  /**
   * What is there, as text, and a function that derives the same from tables that were read anew.
   * @returns views to compare: what they are, the first one, and the second one
   */
  views(): (fresh: readonly LiveTable<unknown>[]) => (readonly [string, readonly string[], readonly string[]])[] {
    const held = [this.#evpn, this.#expanded].map((evpn) => [shown(evpn), evpn.latest] as const)
    const folded = shown(recordOf((name) => this.#readers[name].fold.entries.values()))
    const misfits = collections.flatMap((name) => this.#readers[name].fold.misfits)
    return (fresh) => {
      const tableOf = ({ name }: { readonly name: string }): Iterable<never> =>
        (fresh.find(({ definition }) => definition.name === name) as Iterable<never> | undefined) ?? []
      const snapshots = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, tableOf(source)]))
      const [plain, expanded] = held.map(([texts, latest], index) => {
        const anew = shown(derive({ ...snapshots, latest }, { expand: index === 1 }))
        return ['what is kept and derive()', texts, anew] as const
      })
      return [
        plain!,
        expanded!,
        ['fold and what is kept', folded, held[1]![0]],
        ['changes that do not fit', misfits, []],
      ]
    }
  }

  async close(): Promise<void> {
    for (const name of collections) await this.#readers[name].stop()
    this.#evpn.close()
    this.#expanded.close()
  }
}

function recordOf<Value>(make: (name: keyof Derived) => Value): Record<keyof Derived, Value> {
  return Object.fromEntries(collections.map((name) => [name, make(name)])) as Record<keyof Derived, Value>
}
