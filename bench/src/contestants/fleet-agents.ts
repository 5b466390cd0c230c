// Some nodes of a fleet, each with routes that no kernel has, and a publisher.
import { setTimeout as delay } from 'node:timers/promises'
import { Publisher } from '@rtnl/fleet'
import { answer, parameters, peakBytes, processorSeconds } from '../contestant.ts'
import { FakeRoutes, hashOf } from '../fleet/fake-routes.ts'
import type { AgentsCommand, AgentsParameters, Changed, Content } from '../fleet/protocol.ts'

/** Milliseconds between two turns in which nodes change routes. */
const pace = 5
const stream = { maxBytes: 512 * 1024 ** 2 }

const waiting = ({ message }: Error): void => console.error(message)

const { servers, fleet, first, count, routes } = parameters<AgentsParameters>()
const nodes = await Promise.all(
  Array.from({ length: count }, async (_, place) => {
    const name = `node${first + place}`
    const table = new FakeRoutes(routes)
    const publisher = await Publisher.open({ servers, fleet, node: name, stream, waiting })
    publisher.publish('', table.table)
    return { name, table, publisher }
  }),
)

/** Nodes change one after the other, so that the changes of a second are spread over it. */
async function change(rate: number, seconds: number): Promise<Changed> {
  const before = processorSeconds()
  const all = Math.round(rate * seconds * nodes.length)
  const begun = performance.now()
  let changes = 0
  while (changes < all) {
    const due = Math.min(all, Math.floor(((performance.now() - begun) / 1000) * rate * nodes.length))
    for (; changes < due; changes++) nodes[changes % nodes.length]!.table.change()
    await delay(pace)
  }
  return { changes, processorSeconds: processorSeconds() - before }
}

function sumUp(): Content {
  let [rows, sum] = [0, 0]
  for (const { name, table } of nodes) {
    for (const route of table.table) {
      rows++
      sum += hashOf(name, route)
    }
  }
  return { rows, sum, peakBytes: peakBytes() }
}

async function obey(command: AgentsCommand): Promise<void> {
  switch (command.do) {
    case 'change':
      return answer(await change(command.rate, command.seconds))
    case 'mark':
      for (const { table } of nodes) table.change()
      return answer({})
    case 'sum up':
      return answer(sumUp())
  }
}

process.on('message', obey)
process.on('disconnect', () => {
  for (const { publisher } of nodes) publisher.close()
})
await answer({})
