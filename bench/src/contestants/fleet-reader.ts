// Reads the routes of a fleet, and measures how old changes are when they arrive.
import { setTimeout as delay } from 'node:timers/promises'
import { Fleet } from '@rtnl/fleet'
import type { Route } from '@rtnl/route'
import { answer, parameters, peakBytes, processorSeconds } from '../contestant.ts'
import { secondsSince, stamp } from '../fleet/clock.ts'
import { hashOf } from '../fleet/fake-routes.ts'
import type { Content, FleetParameters, Joined, ReaderCommand, Received } from '../fleet/protocol.ts'

/** Milliseconds between two looks at what has come. */
const pace = 5
/** Milliseconds without a change after which none is waited for. */
const patience = 30_000

const { servers, fleet: name } = parameters<FleetParameters>()
let fleet: Fleet | undefined
let latencies: number[] = []
let heard = new Set<string>()
let begun = 0
let busy = 0

async function read({ table }: { readonly table: ReturnType<Fleet['table']> }): Promise<void> {
  for await (const { changes } of table.changes({ initial: false })) {
    for (const { entry } of changes) {
      const latency = secondsSince((entry as Partial<Route>).realms ?? 0)
      latencies.push(latency)
      if (latency <= secondsSince(begun)) heard.add(entry.node)
    }
  }
}

async function join(rows: number): Promise<Joined> {
  const start = performance.now()
  const before = processorSeconds()
  fleet = await Fleet.open({ servers, fleet: name })
  const table = fleet.table('route')
  while (table.size < rows) await delay(pace)
  const seconds = (performance.now() - start) / 1000
  void read({ table })
  return { seconds, processorSeconds: processorSeconds() - before }
}

async function receive(changes: number): Promise<Received> {
  let last = performance.now()
  for (let seen = latencies.length; seen < changes && performance.now() - last < patience; ) {
    await delay(pace)
    if (latencies.length > seen) last = performance.now()
    seen = latencies.length
  }
  const sorted = Float64Array.from(latencies).sort()
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return {
    changes: sorted.length,
    latency: { half: at(0.5), most: at(0.99), longest: at(1) },
    processorSeconds: processorSeconds() - busy,
  }
}

function sumUp(): Content {
  let [rows, sum] = [0, 0]
  for (const entry of fleet?.table('route') ?? []) {
    rows++
    sum += hashOf(entry.node, entry as Partial<Route>)
  }
  return { rows, sum, peakBytes: peakBytes() }
}

async function obey(command: ReaderCommand): Promise<void> {
  switch (command.do) {
    case 'join':
      return answer(await join(command.rows))
    case 'begin':
      latencies = []
      heard = new Set()
      begun = stamp()
      busy = processorSeconds()
      return answer({})
    case 'receive':
      return answer(await receive(command.changes))
    case 'hear':
      while (heard.size < command.nodes) await delay(pace)
      return answer({})
    case 'sum up':
      return answer(sumUp())
  }
}

process.on('message', obey)
process.on('disconnect', () => fleet?.close())
await answer({})
