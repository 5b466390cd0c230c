import { execFileSync } from 'node:child_process'
import { MessageFlag } from '@rtnl/netlink-core'
import { NexthopMessage, NexthopTable, nexthopMessage } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const large = suite('a group that is too large for a dump')

/** The kernel has 32 KiB for a dump; a member of a group takes 8 bytes of it. */
const members = 4090
const ids = Array.from({ length: members }, (_, index) => 10 + index)

function ip(words: string): void {
  execFileSync('ip', words.split(' '))
}

function batch(lines: readonly string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` })
}

const shownIds = (table: NexthopTable): number[] => [...table].map(({ id = 0 }) => id).sort((a, b) => a - b)

large('is followed, named as the cause, and certain again when it goes', async () => {
  ip('link add v0 type veth peer name v1')
  ip('link set v0 up')
  ip('link set v1 up')
  ip('addr add 10.0.0.1/16 dev v0')
  batch(ids.map((id) => `nexthop add id ${id} via 10.0.${1 + (id >> 8)}.${id & 255} dev v0`))
  // Groups in front of it, and behind it.
  batch(['nexthop add id 5 group 10/11', 'nexthop add id 9000 group 10/12', 'nexthop add id 6000 via 10.0.0.9 dev v0'])
  await using before = await NexthopTable.open()
  // Neither `ip` has the room to ask for it, nor does `addNexthop` write what no dump can show.
  await before.notifier.connection.request({
    message: nexthopMessage,
    type: NexthopMessage.NEW,
    flags: MessageFlag.CREATE | MessageFlag.EXCL,
    entry: { id: 8000, group: ids.map((id) => ({ id, weight: 1 })) },
    operation: 'add a large group',
  })
  await before.waitForSync()
  await using after = await NexthopTable.open()
  await after.waitForSync()
  assert.equal([before.state, after.state], ['live', 'live'])
  // What notifications told is known; who comes later knows all but the groups behind it.
  assert.is(before.get({ id: 9000 })?.group?.length, 2)
  assert.equal(shownIds(after), [5, ...ids, 6000])
  assert.equal(after.incomplete, [{ part: 'all', behind: '6000', tooLarge: [] }])

  batch(['nexthop add id 9001 group 11/12', 'nexthop del id 6000'])
  await Promise.all([before.resync(), after.resync()])
  assert.is(before.get({ id: 9000 })?.group?.length, 2)
  assert.is(after.get({ id: 9001 })?.group?.length, 2)
  assert.is(after.get({ id: 6000 }), undefined)

  ip('nexthop del id 8000')
  await Promise.all([before.waitForSync(), after.waitForSync()])
  const kernel = JSON.parse(execFileSync('ip', ['-json', 'nexthop'], { encoding: 'utf8' })) as { id: number }[]
  const wanted = kernel.map(({ id }) => id).sort((a, b) => a - b)
  for (const table of [before, after]) {
    assert.equal(shownIds(table), wanted)
    assert.equal(table.incomplete, [])
    assert.is(table.state, 'live')
  }
})

large.run()
