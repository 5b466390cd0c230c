import type { Fleet, FleetEntry } from '@rtnl/fleet'
import { tables } from '@rtnl/tables'
import type { ViewSource, ViewSpace } from '@rtnl/web'
import { FleetEvpn } from './fleet-evpn.ts'
import { FleetNames, placeOf } from './fleet-names.ts'

/** The tables of a fleet for a web page, with the node and the namespace of each entry. */
export function fleetSource(fleet: Fleet): ViewSource {
  const names = new FleetNames(fleet)
  const evpn = new FleetEvpn(fleet, names)
  const space: ViewSpace = {
    name: '',
    tables: tables.map((module) => ({
      module,
      table: fleet.table(module.name),
      words: (entry) => module.words(entry, names.of(placeOf(entry as FleetEntry))),
      place(entry) {
        const { node, netns } = entry as FleetEntry
        return { node, netns }
      },
    })),
    get evpn() {
      return evpn.views
    },
  }
  return {
    title: `fleet ${fleet.name}`,
    spaces: [space],
    get nodes() {
      return [...fleet.nodes].map(({ node: name, state, age }) => ({ name, state, age }))
    },
  }
}
