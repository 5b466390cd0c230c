import { subscribe } from 'node:diagnostics_channel'
import { Connection, diagnosticsChannels, NetlinkError } from '@rtnl/netlink-core'
import { deleteNexthop } from '@rtnl/nexthop'

subscribe(diagnosticsChannels.refused, (message) => {
  const { connection, error } = message as { connection: string; error: NetlinkError }
  console.log(`${connection}: ${error.message}`)
})

const connection = await Connection.open()
await deleteNexthop(connection, 7).catch((error: unknown) => {
  if (!(error instanceof NetlinkError)) throw error
})
connection.close()
