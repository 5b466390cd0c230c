import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../src/config/config-error.ts'
import { parseDesired } from '../src/desired/desired-set.ts'

const desired = suite('files of desired entries')

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
  assert.match(fault('table: route\nentries: []\n'), /^ours\.yaml: .*--protocol/)
})

desired.run()
