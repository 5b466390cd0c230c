import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../src/config/config-error.ts'
import { parseDesired } from '../src/desired/desired-set.ts'
import { reportOf } from '../src/desired/fleet-sets.ts'
import type { SetStatus } from '../src/desired/set-status.ts'

const desired = suite('desired entries')

function fault(text: string): string {
  try {
    parseDesired('ours.yaml', text)
  } catch (error) {
    assert.instance(error, ConfigError)
    return (error as ConfigError).message
  }
  return ''
}

desired('a file has one set, or several', () => {
  const one = parseDesired(
    'ours.yaml',
    'table: route\nowner: { protocol: bgp, table: 100 }\nentries:\n  - dst: 10.0.0.0/8\n',
  )
  assert.equal(
    one.map(({ name, table, owner, entries }) => [name, table.name, owner, entries]),
    // RTPROT_BGP of linux/rtnetlink.h
    [['ours.yaml', 'route', { protocol: 186, table: 100 }, [{ dst: '10.0.0.0/8' }]]],
  )
  const rule = '{"table":"rule","owner":{"protocol":84},"entries":[]}'
  for (const text of [`[${rule},${rule}]`, `# two\n- ${rule}\n- ${rule}\n`]) {
    assert.equal(
      parseDesired('two.json', text).map(({ name }) => name),
      ['two.json#1', 'two.json#2'],
    )
  }
})

desired('what does not go is refused with its place', () => {
  assert.is(fault('table: roots\nentries: []\n').startsWith("ours.yaml:1:8: table: there is no table 'roots'"), true)
  assert.is(fault('table: route\n'), 'ours.yaml:1:1: entries: is missing')
  assert.match(
    fault('table: route\nowner: { protocol: nobody }\nentries: []\n'),
    /^ours\.yaml:2:20: owner\.protocol: 'nobody' is neither /,
  )
  assert.is(
    fault('table: route\nowner: { protocol: 84 }\nentries:\n  - 5\n'),
    'ours.yaml:4:5: entries.0: an entry is wanted: an object, as rtnl show --json prints it',
  )
  assert.is(
    fault('table: route\nowner: { colour: 1 }\nentries: []\n'),
    'ours.yaml:2:18: owner.colour: there is no such option',
  )
  // Without an owner what some daemon has written would be removed.
  assert.is(
    fault('table: route\nentries: []\n'),
    'ours.yaml:1:1: owner.protocol: route needs owner.protocol: what is ours is that of one protocol; or owner.additive',
  )
  assert.is(
    fault('table: fdb\nowner:\n  dev: v0\n  protocol: 84\nentries: []\n'),
    'ours.yaml:4:13: owner.protocol: owner.protocol does not go with entries of fdb',
  )
})

desired('all entries that the kernel could not take are named with their places', () => {
  const text = `- table: rule
  owner: { protocol: 84 }
  entries: []
- table: route
  owner: { protocol: 84, table: 100 }
  entries:
    - { dst: 10.0.0.0/33 }
    - { dst: 10.1.0.0/16, gateway: 10.9.0.2 }
    - dst: 10.2.0.0/16
      gateway: 10.9.0.x
    - { dst: 10.1.0.0/16, gateway: 10.9.0.2 }
`
  assert.equal(
    fault(text)
      .split('\n')
      .map((line) => line.replace(/^(ours\.yaml:\d+:\d+: [\w.]+): .*$/, '$1')),
    ['ours.yaml:7:14: 1.entries.0.dst', 'ours.yaml:10:16: 1.entries.2.gateway', 'ours.yaml:11:7: 1.entries.3'],
  )
  assert.match(fault(text), /first by entries\.1$/)
  assert.is(
    fault('table: vlan\nowner: { dev: br0 }\nentries:\n  - vid: 9-5\n').startsWith('ours.yaml:4:10: entries.0.vid: '),
    true,
  )
})

desired('a report names each cause once, with the entries of all namespaces that it keeps out', () => {
  const wanted = { name: 'ours', version: '7', text: '', isHeldBack: false } as const
  const status = (netns: string, causes: SetStatus['causes']): SetStatus => ({
    ...{ name: 'fleet/ours', table: 'route', netns, state: 'waiting', desired: 5, conflicts: 0, causes },
    drift: { found: 2, healed: 1 },
  })
  const statuses = [
    status('blue', [{ cause: 'link v0', count: 2 }]),
    status('red', [
      { cause: 'link v1', count: 1 },
      { cause: 'link v0', count: 3 },
    ]),
  ]
  assert.equal(reportOf({ wanted, sets: [], fault: undefined }, statuses), {
    ...{ set: 'ours', version: '7', isHeldBack: false, state: 'waiting', desired: 10, conflicts: 0 },
    causes: [
      { cause: 'link v0', count: 5 },
      { cause: 'link v1', count: 1 },
    ],
    drift: { found: 4, healed: 2 },
  })
})

desired.run()
