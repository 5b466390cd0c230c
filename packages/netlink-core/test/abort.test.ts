import { pause } from '@rtnl/netlink-core/internal'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const pausing = suite('a pause')

pausing('ends with the reason of its signal, and not with an error of the timer', async () => {
  const abort = new AbortController()
  const reason = new Error('closed')
  const paused = pause(60_000, abort.signal).catch((error: unknown) => error)
  abort.abort(reason)
  assert.is(await paused, reason)
  assert.is(await pause(60_000, abort.signal).catch((error: unknown) => error), reason)
})

pausing('resolves after its time', async () => {
  await pause(1, undefined)
  await pause(1, new AbortController().signal)
})

pausing.run()
