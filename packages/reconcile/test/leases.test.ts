import { Connection } from '@rtnl/netlink-core'
import { FakeKernel } from '@rtnl/netlink-core/testing'
import { LeaseHeldError } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acquireLease } from '../src/leases.ts'

const claiming = suite('claims')

/** A way to the same or another namespace. */
async function connect(name: string): Promise<Connection> {
  const kernel = new FakeKernel()
  return Connection.open({ transports: { name, open: (purpose) => kernel.open(purpose), close() {} } })
}

claiming('the first one holds it until it gives it up', async () => {
  const [one, two] = [await connect('here'), await connect('here')]
  const release = acquireLease(one, 'routes')
  assert.throws(
    () => acquireLease(two, 'routes'),
    (error: LeaseHeldError) => {
      assert.instance(error, LeaseHeldError)
      assert.equal([error.name, error.code, error.lease], ['LeaseHeldError', 'ERR_RTNL_LEASE_HELD', 'routes'])
      assert.match(error.message, /^routes in here is kept by another part of this program/)
      return true
    },
  )
  release()
  acquireLease(two, 'routes')()
  one.close()
  two.close()
})

claiming('other claims and other namespaces do not matter', async () => {
  const [here, there] = [await connect('here'), await connect('there')]
  const releases = [acquireLease(here, 'routes'), acquireLease(here, 'nexthops'), acquireLease(there, 'routes')]
  for (const release of releases) release()
  here.close()
  there.close()
})

claiming('giving it up twice does not take it from the next one', async () => {
  const here = await connect('here')
  const release = acquireLease(here, 'routes')
  release()
  const next = acquireLease(here, 'routes')
  release()
  assert.throws(() => acquireLease(here, 'routes'), /kept by another part/)
  next()
  here.close()
})

claiming.run()
