import { AddressMessage, addressMessage } from '@rtnl/address'
import { FakeNamespace, type UnsupportedRequestError } from '@rtnl/fake-kernel'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const unsupported = suite('what the fake kernel does not know')

/** Asks for something, and returns what the program got and what the author of the test was told. */
async function ask(entry: Record<string, unknown>, type: number = AddressMessage.NEW): Promise<string[]> {
  const told: UnsupportedRequestError[] = []
  const kernel = new FakeNamespace({ unsupported: (error) => told.push(error) })
  const connection = await Connection.open({ transports: kernel })
  try {
    await connection.request({ message: addressMessage, type, entry, operation: 'ask' })
    return ['accepted']
  } catch (error) {
    assert.instance(error, NetlinkError)
    return [(error as NetlinkError).code, ...told.map(({ message }) => message)]
  } finally {
    connection.close()
  }
}

unsupported('a message is named', async () => {
  assert.equal(await ask({}, 36), ['EOPNOTSUPP', 'the fake kernel does not know messages of type 36'])
})

unsupported('an attribute is named', async () => {
  const entry = { family: 2, ifindex: 1, prefixlen: 8, local: '127.0.0.1', rtPriority: 5 }
  assert.equal(await ask(entry), ['EOPNOTSUPP', 'the fake kernel does not know attribute 9 in RTM_NEWADDR'])
})

unsupported('a value is named', async () => {
  const entry = { family: 10, ifindex: 1, prefixlen: 128, address: '::1' }
  assert.equal(await ask(entry), ['EOPNOTSUPP', 'the fake kernel does not know IPv6, which is off, in RTM_NEWADDR'])
})

unsupported('what the kernel refuses is told to the program alone', async () => {
  assert.equal(await ask({ family: 2, ifindex: 9, prefixlen: 8, local: '127.0.0.1' }), ['ENODEV'])
})

unsupported.run()
