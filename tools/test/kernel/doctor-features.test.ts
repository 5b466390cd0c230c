// runtimes: node
// timeout: 600
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FEATURES, parseProbe, probeScript } from '../../kernels/features.mjs'

const tests = suite('what the doctor and iproute2 find of the kernel')

/** What `pnpm kernels` tries by iproute2, by what the doctor calls it. */
const names = new Map([
  ['nexthops', 'nexthops'],
  ['weights-16-bits', 'weights of 16 bits'],
  ['resilient-groups', 'resilient groups'],
  ['fdb-nexthops', 'FDB nexthops'],
  ['bridge-vlans', 'bridge VLANs'],
  ['vni-filter', 'VNI filter'],
  ['vxlan-mdb', 'MDB of vxlan'],
  ['fdb-flush', 'flushing FDBs'],
  ['neighbor-protocols', 'neighbour protocols'],
  ['managed-neighbors', 'managed neighbours'],
  ['vrf', 'vrf'],
])

/** The same for what nothing else asks for. */
const more = [
  {
    name: 'fdb-nexthops-dynamic',
    script: `ip link add x0 type vxlan id 1 dstport 4789
ip nexthop add id 1 via 192.0.2.2 fdb
ip nexthop add id 2 group 1 fdb
bridge fdb add 02:00:00:00:00:01 dev x0 nhid 2 self dynamic
bridge fdb show dev x0 | grep -q 'nhid 2'`,
  },
  {
    name: 'address-protocols',
    // Neither iproute2 nor the kernel knows it everywhere: an old kernel ignores it, and an old ip does not.
    script: `ip addr add 192.0.2.9/24 dev v0 proto 84 || exit 3
ip addr show dev v0 | grep 192.0.2.9 | grep -q 'proto 84'`,
  },
]

tests('is the same', () => {
  const tried = [...FEATURES.filter(({ name }) => [...names.values()].includes(name)), ...more]
  const { stdout } = spawnSync('sh', ['-c', probeScript(tried)], { encoding: 'utf8' })
  const answers = parseProbe(tried, stdout)
  const expected = new Map(
    [...names, ...more.map(({ name }) => [name, name] as const)].flatMap(([id, name]) => {
      const answer = answers.get(name)
      // What this iproute2 cannot ask for is not compared.
      return answer === 'cannot be tried' ? [] : [[`feature.${id}`, answer === 'yes'] as const]
    }),
  )
  assert.ok(expected.size >= 11)
  const program = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url))
  const words = [...process.execArgv, program, 'doctor', '--json']
  const report = JSON.parse(spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout)
  const found = new Map<string, unknown>(
    report.checks.map(({ id, value }: { id: string; value: unknown }) => [id, value]),
  )
  assert.equal(
    [...expected.keys()].map((id) => [id, found.get(id)]),
    [...expected],
  )
})

tests.run()
