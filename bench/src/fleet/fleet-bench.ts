import { setTimeout as delay } from 'node:timers/promises'
import { NodeProcess } from '../node-process.ts'
import { NatsServer, type ServerFigures } from './nats.ts'
import type {
  AgentsCommand,
  AgentsParameters,
  Changed,
  Content,
  FleetParameters,
  Joined,
  ReaderCommand,
  Received,
} from './protocol.ts'

/** How large the fleet is, and what happens in it. */
export interface FleetSize {
  readonly agents: number
  /** Routes of each agent. */
  readonly routes: number
  /** Changes a second of each agent. */
  readonly rate: number
  /** How long they change. */
  readonly seconds: number
  /** Processes that the agents are in. */
  readonly processes: number
}

/** What was measured, by name: seconds, bytes, or numbers. */
export type FleetFigures = Readonly<Record<string, number>>

const fleet = 'bench'
/** Milliseconds without a server. */
const downFor = 2000

type Reader = NodeProcess
type Agents = readonly NodeProcess[]

const ask = <Answer>(process: NodeProcess, command: AgentsCommand | ReaderCommand): Promise<Answer> =>
  process.ask<Answer>(command)
const askAll = <Answer>(processes: Agents, command: AgentsCommand): Promise<Answer[]> =>
  Promise.all(processes.map((process) => ask<Answer>(process, command)))
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const secondsSince = (start: number): number => (performance.now() - start) / 1000

/**
 * Measures a fleet of agents that have no kernel, one server and readers.
 * @throws {Error} a reader holds something else than the agents, or not all changes arrived
 */
export async function measureFleet(size: FleetSize, progress: (text: string) => void): Promise<FleetFigures> {
  await using server = await NatsServer.start()
  await using started = new Started()
  const { url: servers } = server
  const parameters: FleetParameters = { servers, fleet }
  const agents: NodeProcess[] = []
  const rows = size.agents * size.routes

  progress(`${size.agents} agents begin, with ${rows} routes`)
  let start = performance.now()
  for (const share of shares(size)) {
    const own: AgentsParameters = { ...parameters, ...share, routes: size.routes }
    agents.push(started.add(new NodeProcess('fleet-agents', own)))
  }
  await Promise.all(agents.map((process) => process.next()))
  const reader = await startReader(parameters, started)
  await ask<Joined>(reader, { do: 'join', rows })
  const published = secondsSince(start)
  await compare(agents, reader)
  const first = await server.figures()
  const streamBytes = await server.streamBytes(fleet)

  progress('a reader joins')
  const alone = await startReader(parameters, started)
  const joined = await ask<Joined>(alone, { do: 'join', rows })
  const { sent } = await server.figures()
  await alone[Symbol.asyncDispose]()

  progress(`${size.rate} changes a second of each, for ${size.seconds} s`)
  const changed = await change(size, { server, agents, reader })
  await compare(agents, reader)

  progress('a reader joins while routes change')
  const late = await startReader(parameters, started)
  const changing = askAll<Changed>(agents, { do: 'change', rate: size.rate, seconds: size.seconds })
  const joinedLate = await ask<Joined>(late, { do: 'join', rows })
  await changing
  await late[Symbol.asyncDispose]()

  progress('the server is killed and started again')
  start = performance.now()
  const restarted = await restart(size, { server, agents, reader }, () => {})
  progress('the server is killed, loses all and is started again')
  const wiped = await restart(size, { server, agents, reader }, () => server.wipe())
  const [readerContent, contents] = await compare(agents, reader)

  return {
    'until all is published and read': published,
    'bytes to the server': first.received,
    'bytes of the stream': streamBytes,
    'bytes on the disk': first.diskBytes,
    'bytes a route on the disk': first.diskBytes / rows,
    'a reader joins': joined.seconds,
    'a reader joins, CPU': joined.processorSeconds,
    'a reader joins, bytes to it': sent - first.sent,
    'a reader joins while routes change': joinedLate.seconds,
    ...changed,
    'after a restart, until the server answers': restarted.answers,
    'after a restart, until all agents and the reader are in sync': restarted.inSync,
    'after a loss of the store, until the server answers': wiped.answers,
    'after a loss of the store, until all agents and the reader are in sync': wiped.inSync,
    'memory of the server': (await server.figures()).memoryBytes,
    'memory of the agents, each': sum(contents.map(({ peakBytes }) => peakBytes)) / size.agents,
    'memory of the reader': readerContent.peakBytes,
  }
}

/** Processes that end with the benchmark. */
class Started implements AsyncDisposable {
  readonly #processes: NodeProcess[] = []

  add(process: NodeProcess): NodeProcess {
    this.#processes.push(process)
    return process
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()))
  }
}

interface Parts {
  readonly server: NatsServer
  readonly agents: Agents
  readonly reader: Reader
}

async function change({ rate, seconds }: FleetSize, { server, agents, reader }: Parts): Promise<FleetFigures> {
  await ask(reader, { do: 'begin' })
  const before = await server.figures()
  const start = performance.now()
  const made = await askAll<Changed>(agents, { do: 'change', rate, seconds })
  const changes = sum(made.map((each) => each.changes))
  const took = secondsSince(start)
  const received = await ask<Received>(reader, { do: 'receive', changes })
  // What is read again after a gap may be seen twice.
  if (received.changes < changes) throw new Error(`${received.changes} of ${changes} changes arrived`)
  const after = await server.figures()
  const since = (name: keyof ServerFigures): number => after[name] - before[name]
  return {
    changes,
    'changes that the reader saw': received.changes,
    'changes a second': changes / took,
    'change to reader, p50': received.latency.half,
    'change to reader, p99': received.latency.most,
    'change to reader, longest': received.latency.longest,
    'bytes a change to the server': since('received') / changes,
    'bytes a change to the reader': since('sent') / changes,
    'bytes a change on the disk': since('diskBytes') / changes,
    'CPU of the server': since('processorSeconds') / took,
    'CPU of the agents': sum(made.map((each) => each.processorSeconds)) / took,
    'CPU of the reader': received.processorSeconds / took,
  }
}

/** Kills the server, changes a route of each agent meanwhile, and waits until the reader has them all. */
async function restart(
  { agents: nodes }: FleetSize,
  { server, agents, reader }: Parts,
  meanwhile: () => void,
): Promise<{ readonly answers: number; readonly inSync: number }> {
  await server.kill()
  meanwhile()
  await ask(reader, { do: 'begin' })
  await askAll(agents, { do: 'mark' })
  await delay(downFor)
  const start = performance.now()
  await server.restart()
  const answers = secondsSince(start)
  await ask(reader, { do: 'hear', nodes })
  const inSync = secondsSince(start)
  await compare(agents, reader)
  return { answers, inSync }
}

/** @throws {Error} the reader holds something else than the agents */
async function compare(agents: Agents, reader: Reader): Promise<readonly [Content, readonly Content[]]> {
  const contents = await askAll<Content>(agents, { do: 'sum up' })
  const read = await ask<Content>(reader, { do: 'sum up' })
  const rows = sum(contents.map((content) => content.rows))
  if (read.rows !== rows || read.sum !== sum(contents.map((content) => content.sum)))
    throw new Error(`the reader holds other routes than the agents: ${read.rows} and ${rows}`)
  return [read, contents]
}

async function startReader(parameters: FleetParameters, started: Started): Promise<Reader> {
  const reader = started.add(new NodeProcess('fleet-reader', parameters))
  await reader.next()
  return reader
}

/** The nodes of each process. */
function shares({ agents, processes }: FleetSize): { readonly first: number; readonly count: number }[] {
  return Array.from({ length: processes }, (_, place) => {
    const first = Math.floor((agents * place) / processes)
    return { first, count: Math.floor((agents * (place + 1)) / processes) - first }
  })
}
