import { addressOwner } from '@rtnl/address'
import { LinkTable } from '@rtnl/link'
import { keep } from '@rtnl/reconcile'

const links = await LinkTable.open()
const ifindex = links.ifindex('v0')
if (ifindex === undefined) throw new Error('there is no interface v0')

const addresses = await keep(addressOwner({ ifindex }), [
  { address: '10.0.0.1', prefixlen: 24, broadcast: '10.0.0.255' },
  { local: '10.1.0.1', address: '10.1.0.2', prefixlen: 32 },
  { address: 'fd00::1', prefixlen: 64, flags: 'nodad' },
])
console.log(`${addresses.size} addresses are kept`)
