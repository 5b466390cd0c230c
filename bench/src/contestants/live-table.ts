// Opens a live table: it is ready when the table is read.
import { answer, heldBytes, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'
import type { TableName } from '../table-name.ts'

const { netns, table: name } = parameters<{ netns: string; table: TableName }>()

type Opener = (options: { readonly netns: string }) => Promise<AsyncDisposable & { readonly size: number }>

/** Nothing is imported but what is measured. */
async function findOpener(): Promise<Opener> {
  switch (name) {
    case 'routes': {
      const { RouteTable } = await import('@rtnl/route')
      return (options) => RouteTable.open(options)
    }
    case 'nexthops': {
      const { NexthopTable } = await import('@rtnl/nexthop')
      return (options) => NexthopTable.open(options)
    }
    case 'neighbours': {
      const { NeighborTable } = await import('@rtnl/neighbor')
      return (options) => NeighborTable.open(options)
    }
    case 'forwarding entries': {
      const { FdbTable } = await import('@rtnl/neighbor')
      return (options) => FdbTable.open(options)
    }
  }
}

const open = await findOpener()
const hold = await LoopHold.start()
const start = performance.now()
await using table = await open({ netns })
const seconds = (performance.now() - start) / 1000
const holds = hold.stop()
const peak = peakBytes()
await answer({ seconds, routes: table.size, ...holds, peakBytes: peak, heldBytes: heldBytes() })
