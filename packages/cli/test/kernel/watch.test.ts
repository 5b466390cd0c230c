// timeout: 900
import { NexthopTable } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch, ipNexthops, withoutFamily } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { endWatching, fold, Watching } from '../support/watching.ts'

const watch = suite('watch')
const json = ['nexthop', '--json', '--netns', 'a']

watch.after.each(endWatching)
watch.before(() => {
  ip('netns add a')
  ip('-n a link set lo up')
  ip('-n a link add v0 type veth peer name p0')
})

watch.before.each(() => {
  ip('-n a nexthop flush')
  ip('-n a link set p0 up')
  ip('-n a link set v0 up')
})

watch('tells exactly what happened, in order', async () => {
  const watching = new Watching(json)
  await watching.count('synced', 1)
  ip('-n a nexthop add id 1 via 192.0.2.1 fdb')
  ip('-n a nexthop add id 10 group 1 fdb')
  ip('-n a nexthop replace id 1 via 192.0.2.9 fdb')
  await watching.count('change', 3)
  assert.equal(withoutFamily(fold(watching.events)), ipNexthops('a'))
  ip('-n a nexthop del id 1')
  await watching.count('change', 5)
  assert.equal(await watching.stop(), { code: 0, signal: null })

  const head = '{"event":"change","table":"nexthop","kind"'
  const first = '{"family":2,"scope":253,"protocol":0,"flags":0,"id":1,"fdb":true,"gateway":"192.0.2.1"}'
  const second = first.replace('192.0.2.1', '192.0.2.9')
  const group =
    '{"family":0,"scope":0,"protocol":0,"flags":0,"id":10,"fdb":true,"groupType":0,"group":[{"id":1,"weight":1}]}'
  assert.equal(watching.lines, [
    '{"event":"synced","table":"nexthop","entries":0}',
    `${head}:"added","cause":"notification","key":"1","entry":${first}}`,
    `${head}:"added","cause":"notification","key":"10","entry":${group}}`,
    `${head}:"changed","cause":"notification","key":"1","entry":${second},"old":${first}}`,
    `${head}:"removed","cause":"notification","key":"1","entry":${second}}`,
    `${head}:"removed","cause":"notification","key":"10","entry":${group}}`,
  ])
  assert.equal(fold(watching.events), new Map())
  assert.is(ipNexthops('a').size, 0)
  assert.is(watching.stderr, '')
})

watch('begins with what there is, and finds what the kernel does not tell', async () => {
  ip('-n a nexthop add id 1 dev v0')
  ip('-n a nexthop add id 2 blackhole')
  const watching = new Watching(json)
  await watching.count('synced', 1)
  assert.equal(
    watching.events.map(({ event, kind, cause, key, entries }) => ({ event, kind, cause, key, entries })),
    [
      { event: 'change', kind: 'added', cause: 'dump', key: '1', entries: undefined },
      { event: 'change', kind: 'added', cause: 'dump', key: '2', entries: undefined },
      { event: 'synced', kind: undefined, cause: undefined, key: undefined, entries: 2 },
    ],
  )
  ip('-n a link set v0 down')
  await watching.count('change', 3)
  await watching.count('resync', 1)
  assert.equal(await watching.stop('SIGINT'), { code: 0, signal: null })
  const [change, resync] = watching.events.slice(3)
  assert.equal([change?.kind, change?.cause, change?.key], ['removed', 'inferred', '1'])
  assert.equal(resync, { event: 'resync', table: 'nexthop', reason: 'link', entries: 1 })
  assert.equal(withoutFamily(fold(watching.events)), ipNexthops('a'))
})

watch('text names interfaces, also after they are gone', async () => {
  ip('-n a link add gone type veth peer name peer')
  ip('-n a link set peer up')
  ip('-n a link set gone up')
  const watching = new Watching(['nexthop', 'nexthop', '--netns', 'a'])
  await watching.until(() => watching.lines.length === 1)
  ip('-n a nexthop add id 1 dev gone')
  await watching.until(() => watching.lines.length === 2)
  ip('-n a link del gone')
  await watching.until(() => watching.lines.length === 3)
  assert.equal(await watching.stop(), { code: 0, signal: null })
  assert.equal(watching.lines, [
    '= nexthop: 0 entries',
    '+ nexthop id 1 dev gone scope host',
    '- nexthop id 1 dev gone scope host [inferred]',
  ])
})

watch('a reader that goes away ends it', async () => {
  const watching = new Watching(json)
  await watching.count('synced', 1)
  watching.child.stdout?.destroy()
  ip('-n a nexthop add id 1 blackhole')
  ip('-n a nexthop add id 2 blackhole')
  assert.equal(await watching.ended, { code: 0, signal: null })
  assert.is(watching.stderr, '')
})

watch('a reader that does not read loses nothing, and does not keep it from ending', async () => {
  // Some 2 MB of lines, far beyond what a pipe holds.
  const changes = 5000
  const watching = new Watching(json, false)
  ipBatch(
    'a',
    Array.from({ length: changes }, (_, index) => `nexthop replace id 1 via 198.18.${index >> 8}.${index & 0xff} fdb`),
  )
  ipBatch(
    'a',
    Array.from({ length: changes }, (_, index) => `nexthop replace id ${index + 2} via 198.18.0.1 fdb`),
  )
  watching.read()
  await watching.until(() => watching.lines.length > 0 && fold(watching.events).size === changes + 1)
  assert.equal(withoutFamily(fold(watching.events)), ipNexthops('a'))
  // The socket of an ordinary user may hold no more than some 500 messages.
  await using table = await NexthopTable.open({ netns: 'a' })
  const holdsAll = table.notifier.connection.stats().receiveBuffer >= 64 * 1024 * 1024
  const isResynced = watching.events.some(({ event }) => event === 'resync')
  assert.ok(!(holdsAll && isResynced))
  assert.equal(await watching.stop(), { code: 0, signal: null })
})

watch('a namespace that does not exist', async () => {
  const { code, stdout, stderr } = await rtnl(['watch', '--json', '--netns', 'nowhere'])
  assert.equal({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /^rtnl: [^\n]*'nowhere'[^\n]*\n$/)
})

watch.run()
