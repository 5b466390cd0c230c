import { type Address, AddressMessage, addressMessage, defineAddresses } from '@rtnl/address'
import { openTable } from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { answer, FakeKernel, isDump, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const families = suite('families of addresses')

const { INET, INET6 } = AddressFamily

families('a table of one family leaves out what the shared socket hears for another table', async () => {
  const kernel = new FakeKernel()
  const noDevice = 19
  const nothing = answer.dump(addressMessage, AddressMessage.NEW, [])
  for (let type = 18; type < 130; type += 4) {
    kernel.on(type, (request) => (isDump(request) ? nothing : answer.error(noDevice)))
  }
  const ipv4 = await openTable(defineAddresses({ family: INET }), { transports: kernel })
  const { notifier } = ipv4
  const ipv6 = await openTable(defineAddresses({ family: INET6 }), { notifier })
  const notify = (group: number, entry: Partial<Address>): void =>
    kernel.notify(group, messageBytes(addressMessage, { type: AddressMessage.NEW }, entry))
  notify(MulticastGroup.IPV6_IFADDR, { family: INET6, prefixlen: 64, ifindex: 2, address: '2001:db8::1' })
  notify(MulticastGroup.IPV4_IFADDR, {
    family: INET,
    prefixlen: 24,
    ifindex: 2,
    address: '10.0.0.1',
    local: '10.0.0.1',
  })
  // Of a family that the kernel shows in no dump of the table.
  notify(MulticastGroup.IPV4_IFADDR, { family: 128, prefixlen: 24, ifindex: 2, address: '10.0.0.2', local: '10.0.0.2' })
  await ipv4.waitForSync()
  await ipv6.waitForSync()
  const shown = (table: Iterable<Address>): unknown[] => [...table].map(({ family, address }) => [family, address])
  assert.equal(shown(ipv4), [[INET, '10.0.0.1']])
  assert.equal(shown(ipv6), [[INET6, '2001:db8::1']])
  ipv6.close()
  ipv4.close()
})

families.run()
