import { setImmediate as turn } from 'node:timers/promises'
import { Errno, NetlinkError } from '@rtnl/netlink-core'
import { FakeKernel } from '@rtnl/netlink-core/testing'
import { gatewayDependency, needOfGateway } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const gateways = suite('gateways as what entries need')

gateways('where routes cannot be followed it is told once, and tried again for those that wait later', async () => {
  const kernel = new FakeKernel()
  await using notifier = await Notifier.open({ transports: kernel })
  const errors: Error[] = []
  const changed: string[] = []
  const followed = await gatewayDependency.follow(
    notifier,
    (need) => changed.push(need),
    undefined,
    (error) => errors.push(error),
  )
  const [one, other] = [needOfGateway('192.0.2.1'), needOfGateway('192.0.2.2')]
  kernel.joinError = new NetlinkError(Errno.ENOMEM, { operation: 'join multicast group 7' })
  followed.watch?.(one)
  while (errors.length === 0) await turn()
  followed.watch?.(other)
  await turn()
  assert.is(errors.length, 1)
  assert.match(errors[0]!.message, /^routes to gateways cannot be followed: join multicast group 7: .*ENOMEM/)
  assert.match(followed.describe(other), /^gateway 192\.0\.2\.2, which .*; routes cannot be followed \(join .*ENOMEM/)
  assert.is(notifier.sinks, 0)
  kernel.joinError = undefined
  for (const need of [one, other]) followed.unwatch?.(need)
  followed.watch?.(one)
  while (changed.length === 0) await turn()
  assert.equal([changed, errors.length, notifier.sinks], [[one], 1, 1])
  assert.is(followed.describe(one), 'gateway 192.0.2.1, which no route reaches directly')
  followed.close()
  assert.is(notifier.sinks, 0)
})

gateways.run()
