// Measures a fleet: agents that have no kernel, one server, and readers.
import { loadavg } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { type FleetFigures, type FleetSize, measureFleet } from './fleet/fleet-bench.ts'
import { showFleetFigure } from './fleet/show.ts'
import { describeMachine } from './machine.ts'

interface Options extends FleetSize {
  readonly json?: boolean
}

const badUsage = 2

function whole(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is no whole number of 1 or more.')
  return count
}

const program = new Command('bench:fleet')
  .description('Measures a fleet of agents with routes that no kernel has, on one NATS server that it starts.')
  .option('--agents <count>', 'agents', whole, 100)
  .option('--routes <count>', 'routes of each agent', whole, 10_000)
  .option('--rate <count>', 'changes a second of each agent', whole, 100)
  .option('--seconds <count>', 'for so long', whole, 20)
  .option('--processes <count>', 'processes that the agents are in', whole, 4)
  .option('--json', 'print one JSON object in place of a table')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : badUsage))
program.parse()
const { json = false, ...size } = program.opts<Options>()

/** A table as Markdown has it. */
function toText(figures: FleetFigures): string {
  const lines = Object.entries(figures).map(([name, value]) => `| ${name} | ${showFleetFigure(name, value)} |`)
  return ['| what | figure |', '| --- | ---: |', ...lines].join('\n')
}

try {
  const loadBefore = loadavg()[0] ?? 0
  const figures = await measureFleet(size, (text) => console.error(`fleet: ${text}`))
  const machine = { ...describeMachine(), loadBefore }
  if (json) console.log(JSON.stringify({ machine, size, figures }))
  else {
    const { node, kernel, processor, processors, load, date } = machine
    console.log(`${processors} x ${processor}, Linux ${kernel}, Node.js ${node}, ${date}`)
    console.log(`load ${loadBefore.toFixed(1)} before and ${load.toFixed(1)} in the end; ${JSON.stringify(size)}\n`)
    console.log(toText(figures))
  }
} catch (error) {
  console.error(`bench:fleet: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
