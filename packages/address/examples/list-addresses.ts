import { AddressTable, ownAddress } from '@rtnl/address'

const addresses = await AddressTable.open()

for (const address of addresses) {
  console.log(`interface ${address.ifindex}: ${ownAddress(address)}/${address.prefixlen}`)
}
addresses.close()
