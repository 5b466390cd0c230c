// timeout: 600
import process from 'node:process'
import { askKernel, explain, questionKey, readTables } from '@rtnl/explain'
import { Notifier } from '@rtnl/notifier'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makePair, run, runSome, stepOf } from '../support/scene.ts'

const random = suite('random rules, routes and nexthops')

/** One in which routes of nexthop objects are cached. */
const usualSeed = 8
/** `RTNL_SEED` plays one seed again. */
const { RTNL_SEED: given } = process.env
const seeds = given === undefined ? [usualSeed, Math.floor(Math.random() * 0x7fffffff)] : [Number(given)]
const entries = 120
const destinations = 150

const oneOf = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words)
const sentence = (...words: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...words).map((all) => all.filter((word) => word !== '').join(' '))
const number = (min: number, max: number): fc.Arbitrary<string> => fc.integer({ min, max }).map(String)

const table = oneOf('', '', 'table 5', 'table 6')
const metric = oneOf('', 'metric 5', 'metric 7')

/** Prefixes of few bits, so that they contain each other. */
const prefix4 = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(8, 16, 22, 24, 32))
  .map(([second, third, length]) => {
    const parts = [10, length < 16 ? 0 : 100 + second, length < 22 ? 0 : length < 24 ? 0 : third, length === 32 ? 1 : 0]
    return `${parts.join('.')}/${length}`
  })
const prefix6 = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(16, 32, 48, 128))
  .map(([second, third, length]) => {
    const parts = ['2001', length < 32 ? '0' : `${second}`, length < 48 ? '0' : `${third}`]
    return `${parts.join(':')}::${length === 128 ? '1' : ''}/${length}`
  })
const targets = ['blackhole', 'unreachable', 'prohibit', 'throw'].map(
  (type) => (prefix: fc.Arbitrary<string>) => sentence(oneOf(`route append ${type}`), prefix, table, metric),
)
const hop4 = fc.integer({ min: 2, max: 9 }).map((host) => `via 10.0.0.${host} dev v0`)
const hop6 = fc.integer({ min: 2, max: 9 }).map((host) => `via fd00::${host} dev v0`)
const hop = {
  4: fc.oneof(hop4, sentence(oneOf('via'), fc.constantFrom('10.1.0.2', '10.1.0.3'), oneOf('dev v1'))),
  6: hop6,
}

function routesOf(prefix: fc.Arbitrary<string>, family: 4 | 6): fc.Arbitrary<string> {
  const nexthop = sentence(oneOf('nexthop'), hop[family], oneOf('', 'weight 3'))
  return fc.oneof(
    { weight: 6, arbitrary: sentence(oneOf('route append', 'route prepend'), prefix, hop[family], table, metric) },
    { weight: 3, arbitrary: sentence(oneOf('route append'), prefix, table, metric, nexthop, nexthop) },
    { weight: 3, arbitrary: sentence(oneOf('route append'), prefix, table, metric, oneOf('nhid'), idsOf(family)) },
    ...targets.map((target) => target(prefix)),
  )
}

const idsOf = (family: 4 | 6): fc.Arbitrary<string> => number(family * 100, family * 100 + 9)
const nexthops = [4, 6].flatMap((family) => [
  ...Array.from({ length: 6 }, (_, at) => {
    const gateway = family === 4 ? `10.0.0.${at + 2}` : `fd00::${at + 2}`
    return `nexthop add id ${family * 100 + at} via ${gateway} dev v0`
  }),
  `nexthop add id ${family * 100 + 6} group ${family * 100}/${family * 100 + 1},4`,
  `nexthop add id ${family * 100 + 7} group ${family * 100 + 2},2/${family * 100 + 3}/${family * 100 + 4}`,
  `${family === 6 ? '-6 ' : ''}nexthop add id ${family * 100 + 8} blackhole`,
])

const action = oneOf(
  ...[
    'table 5',
    'table 6',
    'table 5',
    'table 6',
    'table main suppress_prefixlength 0',
    'table 5 suppress_prefixlength 22',
  ],
  ...['goto 130', 'goto 150', 'nop', 'unreachable', 'prohibit', 'blackhole'],
)
const rule = (prefix: fc.Arbitrary<string>, source: string): fc.Arbitrary<string> => {
  const from = oneOf('', '', `from ${source}`, 'iif lo', 'iif v0', 'oif v0', 'fwmark 7', 'tos 0x10')
  const to = fc.oneof({ weight: 2, arbitrary: prefix.map((each) => `to ${each}`) }, { weight: 1, arbitrary: oneOf('') })
  return sentence(oneOf('rule add', 'rule add', 'rule add not'), oneOf('priority'), number(100, 150), from, to, action)
}

const operation = fc.oneof(
  { weight: 5, arbitrary: routesOf(prefix4, 4) },
  { weight: 5, arbitrary: routesOf(prefix6, 6).map((line) => `-6 ${line}`) },
  { weight: 2, arbitrary: rule(prefix4, '10.0.0.1') },
  { weight: 2, arbitrary: rule(prefix6, 'fd00::1').map((line) => `-6 ${line}`) },
)
const destination = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.constantFrom(1, 2))
    .map(([second, third, host]) => `10.${100 + second}.${third}.${host}`),
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.constantFrom(1, 2))
    .map(([second, third, host]) => `2001:${second}:${third}::${host}`),
)

/** What `ip route get` says: the gateway and the interface, or the error. */
function asked(netns: string, dst: string, src: string | undefined): string {
  try {
    const text = run(`ip -n ${netns} -j route get ${dst}${src === undefined ? '' : ` from ${src}`}`)
    const { gateway, dev } = JSON.parse(text)[0]
    return `${gateway} ${dev}`
  } catch (error) {
    return /answers: (.*)/.exec((error as { stderr: string }).stderr)?.[1] ?? String(error)
  }
}

const errors = new Map([
  [101, 'Network is unreachable'],
  [113, 'No route to host'],
  [13, 'Permission denied'],
  [22, 'Invalid argument'],
])

for (const seed of seeds) {
  random(`seed ${seed}: the route step is what ip route get says`, async () => {
    const netns = `random-${seed}`
    makePair(netns, [
      'link add v1 type veth peer name w1',
      'link set v1 up',
      'link set w1 up',
      'address add 10.1.0.1/24 dev v1',
      ...nexthops,
    ])
    runSome(netns, fc.sample(operation, { numRuns: entries, seed }))
    await using notifier = await Notifier.open({ netns })
    const read = await readTables(notifier)
    // Only routes of one key have an order among each other in a table.
    const routes = [...read.routes].sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0))
    const tables = { ...read, routes }
    const names = namesOf(netns)
    let carried = 0
    for (const [at, dst] of fc.sample(destination, { numRuns: destinations, seed }).entries()) {
      const src = at % 2 === 0 ? undefined : dst.includes(':') ? 'fd00::1' : '10.0.0.1'
      const question = { dst, src, uid: 0 }
      const answers = new Map([[questionKey(question), await askKernel(notifier.connection, question)]])
      const route = stepOf(explain(tables, question, answers), 'route')
      const chosen = route.legs.find((leg) => leg.chosen)
      const derived =
        route.outcome === 'stops'
          ? errors.get(route.kernel !== undefined && 'errno' in route.kernel ? route.kernel.errno : 0)
          : `${chosen?.gateway} ${names.get(chosen?.oif)}`
      const problem = `${dst} from ${src}, seed ${seed}: ${JSON.stringify(route)}`
      assert.is(route.checked, 'same', problem)
      assert.is(derived, asked(netns, dst, src), problem)
      if (route.outcome === 'next') carried++
    }
    // In others a rule may refuse all.
    if (seed === usualSeed) assert.ok(carried > 20)
  })
}

function namesOf(netns: string): Map<number | undefined, string> {
  const links: { ifindex: number; ifname: string }[] = JSON.parse(run(`ip -n ${netns} -j link show`))
  return new Map(links.map(({ ifindex, ifname }) => [ifindex, ifname]))
}

random.run()
