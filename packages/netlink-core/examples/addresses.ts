import { AddressFamily, address, attribute, Connection, header, message, string, u8, u32 } from '@rtnl/netlink-core'

// `struct ifaddrmsg` and two of its attributes (linux/if_addr.h). Attributes that are not declared are skipped.
const addressMessage = message('address', {
  header: { family: header(u8), prefixLength: header(u8), flags: header(u8), scope: header(u8), index: header(u32) },
  attributes: { local: attribute(2, address), label: attribute(3, string(15)) },
})
const RTM_GETADDR = 22

const connection = await Connection.open()
const request = {
  message: addressMessage,
  type: RTM_GETADDR,
  entry: { family: AddressFamily.INET },
  operation: 'dump addresses',
}
for await (const batch of connection.dump(request)) {
  for (const { label, local, prefixLength } of batch) console.log(`${label} ${local}/${prefixLength}`)
}
connection.close()
