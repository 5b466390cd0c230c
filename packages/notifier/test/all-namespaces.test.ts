import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ids, takeAll } from './listening.ts'
import { brokenThing, makeKernel, newThing, rejection, THING_GROUP, thing, turns } from './things.ts'

const all = suite('messages of all namespaces')

all('those who did not ask for them get neither their messages nor their losses', async () => {
  const { kernel } = makeKernel()
  await using notifier = await Notifier.open({ transports: kernel, allNsid: true })
  const told: (number | undefined)[] = []
  const everywhere = notifier.listen<number>({
    ...ids,
    allNsid: true,
    decode(cursor, nsid) {
      told.push(nsid)
      return ids.decode(cursor)
    },
  })
  const here = notifier.listen(ids)
  await everywhere.update(true)
  await here.update(true)
  kernel.notify(THING_GROUP, newThing(thing(1)), 5)
  kernel.notify(THING_GROUP, newThing(thing(2)))
  kernel.notify(THING_GROUP, newThing(thing(3)), 0)
  await turns()
  assert.equal(takeAll(everywhere), [1, 2, 3])
  assert.equal(told, [5, undefined, 0])
  assert.equal(takeAll(here), [2])
  kernel.notify(THING_GROUP, brokenThing().subarray(0, 18), 5)
  await turns()
  assert.equal(takeAll(everywhere), ['malformed'])
  assert.equal(takeAll(here), [])
})

all('a notifier whose sockets hear one namespace refuses who wants all', async () => {
  const { kernel } = makeKernel()
  await using notifier = await Notifier.open({ transports: kernel })
  const sink = { name: 'all things', groups: [THING_GROUP], types: [], allNsid: true }
  const error = await rejection(notifier.attach({ ...sink, message() {}, lost() {}, failed() {} }))
  assert.instance(error, TypeError)
  assert.match((error as Error).message, /^all things is to hear all namespaces: open .* with allNsid: true$/)
  assert.is(notifier.sinks, 0)
})

all.run()
