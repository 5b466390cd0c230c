import { execFileSync } from 'node:child_process'
import { ifindex, type KeepingSubject, keepingCompliance } from '@rtnl/compliance'
import { LinkTable } from '@rtnl/link'
import { fdbOwner, type Neighbor, neighborOwner } from '@rtnl/neighbor'
import { suite } from 'uvu'

const setup = [
  'ip link set lo up',
  'ip link add v0 type veth peer name p0',
  'ip link set v0 addrgenmode none',
  'ip link set p0 addrgenmode none',
  // With less than IPv6 needs there is none on the interface.
  'ip link set v0 mtu 1200',
  'ip link set v0 up',
  'ip link set p0 up',
  'ip addr add 10.0.0.1/24 dev v0',
  'ip link add vx0 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning',
]

const lines = (tool: string, ...words: string[]): string[] =>
  execFileSync(tool, words, { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .sort()

const neighbors: KeepingSubject<Neighbor> = {
  setup,
  others: [
    'ip neigh add 10.0.0.90 lladdr 02:00:00:00:00:90 dev v0 nud permanent',
    'ip neigh add 10.0.0.91 lladdr 02:00:00:00:00:91 dev v0 nud noarp extern_learn',
  ],
  rules: async (netns) => neighborOwner({ ifindex: ifindex(netns, 'v0') }),
  wanted: () => [2, 3, 4, 5].map((host) => ({ dst: `10.0.0.${host}`, lladdr: `02:00:00:00:00:0${host}` })),
  changed: () => ({ dst: '10.0.0.2', lladdr: '02:00:00:00:00:22' }),
  refused: () => ({ dst: 'fd00::9', lladdr: '02:00:00:00:00:99' }),
  edit: 'ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:77 dev v0 nud noarp',
  remove: 'ip neigh del 10.0.0.5 dev v0',
  shown: (netns) =>
    lines('ip', '-n', netns, 'neigh', 'show', 'dev', 'v0', 'nud', 'all').filter((line) => /^10\./.test(line)),
}

const remotes: KeepingSubject<Neighbor> = {
  setup,
  others: ['bridge fdb add 02:00:00:00:00:90 dev vx0 dst 192.0.2.9 self permanent'],
  async rules(netns) {
    await using links = await LinkTable.open({ netns })
    return fdbOwner(links.get({ ifindex: ifindex(netns, 'vx0') })!)
  },
  wanted: () => [1, 2, 3, 4].map((host) => ({ lladdr: `02:00:00:00:00:0${host}`, dst: `192.0.2.${host}` })),
  changed: () => ({ lladdr: '02:00:00:00:00:01', dst: '192.0.2.22' }),
  refused: () => ({ lladdr: '02:00:00:00:00:99', nhId: 999 }),
  edit: 'bridge fdb replace 02:00:00:00:00:01 dev vx0 dst 192.0.2.77 self static',
  remove: 'bridge fdb del 02:00:00:00:00:04 dev vx0 self',
  shown: (netns) => lines('bridge', '-n', netns, 'fdb', 'show', 'dev', 'vx0'),
}

for (const [name, subject] of Object.entries({ neighbours: neighbors, 'remotes of a vxlan': remotes })) {
  const tests = suite(`compliance of kept ${name}`)
  keepingCompliance(tests, subject)
  tests.run()
}
