import { execFileSync } from 'node:child_process'
import { type Address, addAddress, deleteAddress, dumpAddresses, replaceAddress } from '@rtnl/address'
import { ifindex } from '@rtnl/compliance'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asIpShows, ipAddresses } from '../support/shown.ts'

const commands = suite('requests about one address')

async function rejection(promise: Promise<unknown>): Promise<NetlinkError> {
  const error = await promise.catch((thrown: unknown) => thrown)
  assert.instance(error, NetlinkError)
  return error as NetlinkError
}

commands('an address is added once, replaced, read, and deleted once', async () => {
  const netns = 'commands'
  execFileSync('ip', ['netns', 'add', netns])
  execFileSync('ip', ['-n', netns, ...'link add v0 type veth peer name v1'.split(' ')])
  await using connection = await Connection.open({ netns })
  const entry = { family: 2, ifindex: ifindex(netns, 'v0'), prefixlen: 24, local: '10.0.0.1' }
  await addAddress(connection, entry)
  assert.is((await rejection(addAddress(connection, entry))).code, 'EEXIST')
  await replaceAddress(connection, { ...entry, rtPriority: 7 })
  await replaceAddress(connection, { ...entry, local: '10.0.0.2' })
  const addresses: Address[] = []
  for await (const batch of dumpAddresses(connection, 2)) addresses.push(...batch)
  assert.equal(addresses.map(asIpShows), ipAddresses(netns))
  assert.equal(
    addresses.map(({ local, rtPriority }) => [local, rtPriority]),
    [
      ['10.0.0.1', 7],
      ['10.0.0.2', undefined],
    ],
  )
  await deleteAddress(connection, { ...entry, local: '10.0.0.2' })
  assert.is(ipAddresses(netns).length, 1)
  const gone = await rejection(deleteAddress(connection, { ...entry, local: '10.0.0.2' }))
  assert.is(gone.operation, 'delete address 10.0.0.2/24')
  assert.is(gone.code, 'EADDRNOTAVAIL')
  execFileSync('ip', ['netns', 'delete', netns])
})

commands.run()
