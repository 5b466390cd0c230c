import { openTable } from '@rtnl/live-table'
import { Errno, NetlinkError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeKernel, rejection, ThingType, thing, thingDefinition } from '../../notifier/test/things.ts'

const optional = suite('a table that a kernel may lack')

optional('is empty where the kernel does not have it, and refuses other errors', async () => {
  const { kernel, table } = makeKernel()
  table.putSilently(thing(1))
  const definition = { ...thingDefinition, optional: true }
  kernel.on(ThingType.GET, () => answer.error(Errno.EOPNOTSUPP))
  {
    await using live = await openTable(definition, { transports: kernel })
    assert.is(live.size, 0)
  }
  const refused = async (other: typeof definition | typeof thingDefinition): Promise<number | undefined> => {
    const error = await rejection(openTable(other, { transports: kernel }))
    return error instanceof NetlinkError ? error.errno : undefined
  }
  assert.is(await refused(thingDefinition), Errno.EOPNOTSUPP)
  kernel.on(ThingType.GET, () => answer.error(Errno.EPERM))
  assert.is(await refused(definition), Errno.EPERM)
})

optional.run()
