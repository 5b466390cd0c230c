import { execFileSync } from 'node:child_process'
import { LinkTable, watchInterfaces } from '@rtnl/link'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const watches = suite('watched interfaces')

const ip = (command: string): void => void execFileSync('ip', command.split(' '), { stdio: 'pipe' })
const indexOf = (name: string): number =>
  (JSON.parse(execFileSync('ip', ['-j', 'link', 'show', name], { encoding: 'utf8' })) as { ifindex: number }[])[0]
    ?.ifindex ?? -1

watches('have the index of an interface that is up, and tell each change of it', async () => {
  await using table = await LinkTable.open()
  await using watch = await watchInterfaces(['w0', 'here'], { table })
  const turn = async (): Promise<[changed: boolean, index: number]> => {
    await table.waitForSync()
    return [watch.run(), watch.ifindex('w0')]
  }
  assert.equal(await turn(), [false, 0])
  ip('link add w0 type bridge')
  assert.equal(await turn(), [false, 0], 'it is not up')
  ip('link set w0 up')
  const index = indexOf('w0')
  assert.equal(await turn(), [true, index])
  ip('link set w0 mtu 1400')
  assert.equal(await turn(), [false, index], 'nothing changed that matters')
  ip('link add port type veth peer name peer')
  ip('link set port master w0')
  ip('link set port nomaster')
  assert.equal(await turn(), [false, index], 'others are not watched')
  ip('link set w0 down')
  assert.equal(await turn(), [false, index], 'it is there, if down')
  ip('link set w0 name other')
  assert.equal(await turn(), [true, 0], 'it has another name')
  ip('link set other name w0')
  ip('link set w0 up')
  assert.equal(await turn(), [true, index])
  ip('link del w0')
  assert.equal(await turn(), [true, 0])
})

watches('a port that leaves its bridge stays, though the kernel says DELLINK', async () => {
  await using table = await LinkTable.open()
  ip('link add br1 type bridge')
  ip('link add p1 type veth peer name p2')
  await table.waitForSync()
  await using watch = await watchInterfaces(['p1'], { table })
  assert.is(watch.ifindex('p1'), indexOf('p1'), 'an interface that is down counts when it is asked for')
  ip('link set p1 master br1')
  ip('link set p1 nomaster')
  await table.waitForSync()
  assert.is(watch.run(), false)
  assert.is(watch.ifindex('p1'), indexOf('p1'))
})

watches('names come and go', async () => {
  await using watch = await watchInterfaces(['lo'])
  assert.is(watch.ifindex('lo'), 1)
  watch.update(['nothing'])
  assert.equal([watch.ifindex('lo'), watch.ifindex('nothing'), watch.run()], [0, 0, false])
})

watches.run()
