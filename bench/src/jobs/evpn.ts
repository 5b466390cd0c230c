import type { Bench } from '../bench.ts'
import { type EvpnScene, fillEvpn } from '../evpn-scene.ts'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job, Row } from './job.ts'

const fullSizes = [50_000, 500_000]
const fullGroups = 10_000
const fullVteps = 1000
const fullMoved = 10_000
const groupsOfVni = 200

/** What is changed: as it is called, and in samples. */
const changes = [
  ['nexthop of a VTEP replaced', 'vtep'],
  ['group changed', 'group'],
  ['addresses moved', 'moved'],
  ['vxlan down and up', 'flap'],
] as const

/** Evpn: what it costs to derive EVPN from the tables, at first and after a change, by the number of hardware addresses. */
export const evpn: Job = {
  name: 'evpn',
  title: 'derives EVPN from links, forwarding entries and nexthops, and follows changes',
  // The kernel takes most of the time, to be filled and to be read.
  runs: 1,
  async run(bench) {
    const rows: Row[][] = []
    for (const macs of bench.counts(fullSizes)) rows.push(await measure(bench, macs))
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'milliseconds' },
        { name: 'processorSeconds', title: 'CPU', unit: 'milliseconds' },
        { name: 'ratio', title: 'to the tables alone', unit: 'ratio' },
        { name: 'recompute', title: 'derive() to it', unit: 'ratio' },
        { name: 'derived', title: 'rows derived', unit: 'count' },
        { name: 'addresses', title: 'of these addresses', unit: 'count' },
        { name: 'userPerAddress', title: 'CPU an address, beyond the tables', unit: 'microseconds' },
        { name: 'heldPerRow', title: 'bytes an address, beyond the tables', unit: 'perRow' },
        { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
        { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      // The sizes of a contestant below each other.
      rows: rows[0]!.flatMap((_, place) => rows.map((ofSize) => ofSize[place]!)),
    }
  },
}

async function measure(bench: Bench, macs: number): Promise<Row[]> {
  const namespace = await bench.namespace()
  const vnis = Math.max(2, Math.floor(bench.count(fullGroups) / groupsOfVni))
  const groups = Math.floor(bench.count(fullGroups) / vnis) * vnis
  const scene: EvpnScene = {
    netns: namespace.name,
    macs,
    groups,
    vteps: bench.count(fullVteps),
    vnis,
    moved: Math.min(bench.count(fullMoved), Math.floor(macs / 2)),
  }
  bench.progress(`adding ${scene.vteps} VTEPs, ${groups} groups and ${macs} addresses`)
  await fillEvpn(namespace, scene)
  const contestant = (name: string, what: 'tables' | 'evpn'): Contestant => ({
    name,
    routes: macs,
    measure: () => runContestant<Sample>('evpn', { scene, what }),
  })
  const alone = contestant('the tables opened', 'tables')
  const derived = contestant('Evpn opened', 'evpn')
  const [ofTables = [], ofEvpn = []] = await bench.inTurn([alone, derived])
  const row = (name: string, sample: (tables: Sample, evpn: Sample) => Sample): Row => ({
    contestant: { name, routes: macs },
    samples: ofEvpn.map((each, turn) => sample(ofTables[turn]!, each)),
  })
  return [
    row(alone.name, ({ seconds = 0, processorSeconds = 0, peakBytes = 0, usualHold = 0, longestHold = 0 }) => {
      return { seconds, processorSeconds, ratio: 1, usualHold, longestHold, peakBytes }
    }),
    row(derived.name, (tables, each) => {
      const { seconds = 0, processorSeconds = 0, peakBytes = 0, usualHold = 0, longestHold = 0 } = each
      const beyond = (name: string): number => ((each[name] ?? 0) - (tables[name] ?? 0)) / macs
      return {
        seconds,
        processorSeconds,
        ratio: processorSeconds / (tables.processorSeconds ?? 0),
        userPerAddress: beyond('userSeconds'),
        heldPerRow: beyond('heldBytes'),
        usualHold,
        longestHold,
        peakBytes,
      }
    }),
    row('derive() of all', ({ deriveSeconds = 0, deriveProcessor = 0 }) => {
      return { seconds: deriveSeconds, processorSeconds: deriveProcessor }
    }),
    ...changes.map(([title, name]) =>
      row(name === 'moved' ? `${scene.moved} ${title}` : title, (tables, each) => changeOf(name, scene, tables, each)),
    ),
  ]
}

/** @throws {Error} addresses were derived that the change is none of, or some that it is one of were not */
function changeOf(name: (typeof changes)[number][1], scene: EvpnScene, tables: Sample, evpn: Sample): Sample {
  const seconds = evpn[`${name}Seconds`] ?? 0
  const derived = evpn[`${name}Derived`] ?? 0
  const addresses = evpn[`${name}Addresses`] ?? 0
  const expected = name === 'moved' ? scene.moved : 0
  if (addresses !== expected || (name !== 'flap' && derived === 0)) {
    throw new Error(`evpn, ${name}: ${derived} rows were derived, ${addresses} of them addresses`)
  }
  const processorSeconds = evpn[`${name}Processor`] ?? 0
  return {
    seconds,
    processorSeconds,
    ratio: processorSeconds / (tables[`${name}Processor`] ?? 0),
    recompute: (tables.deriveProcessor ?? 0) / processorSeconds,
    derived,
    addresses,
  }
}
