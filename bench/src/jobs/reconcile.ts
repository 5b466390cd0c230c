import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { place } from './write-routes.ts'

const fullCount = 200_000
/** 1 % */
const turnedEvery = 100

/** Reconcile: what it takes to find that nothing or little is to be done. */
export const reconcile: Job = {
  name: 'reconcile',
  title: 'compares IPv4 routes that are wanted with a table that has nearly all of them',
  runs: 5,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const set = namespace.routeSet({ count, ...place })
    await namespace.write(['add'], { count, ...place })

    const contestant = (name: string, file: string, words: object, sent?: number): Contestant => ({
      name,
      routes: count,
      async measure() {
        const sample = await runContestant<Sample>(file, { set, ...words })
        if (sample.sent !== sent) throw new Error(`${name}: ${sample.sent} requests, not ${sent}`)
        // Back to the gateways that there were.
        await namespace.write([`replace:${place.protocol}`], { count, ...place })
        return sample
      },
    })
    const contestants = [
      contestant('live table opened', 'open-table', {}),
      contestant('nothing to do', 'reconcile', {}, 0),
      contestant('1 % different', 'reconcile', { turnedEvery }, Math.ceil(count / turnedEvery)),
      contestant('one changed in keep()', 'keep', { what: 'change' }, 1),
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'milliseconds' },
        { name: 'ratio', title: 'to the table', unit: 'ratio' },
        { name: 'sent', title: 'requests', unit: 'count' },
        { name: 'longestHold', title: 'event loop held', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      rows: contestants.map((contestant, place) => ({
        contestant,
        samples: samples[place]!.map((sample, turn) => ({
          ...sample,
          ratio: (sample.seconds ?? 0) / (samples[0]![turn]!.seconds ?? 0),
        })),
      })),
    }
  },
}
