import { type BulkRequest, Connection, MessageFlag } from '@rtnl/netlink-core'
import { type Nexthop, nexthopMessage } from '@rtnl/nexthop'

const RTM_NEWNEXTHOP = 104
const connection = await Connection.open()

function* requests(): Generator<BulkRequest<Nexthop>> {
  for (let id = 1; id <= 10_000; id++) {
    const entry = { family: 2, scope: 0, protocol: 84, flags: 0, id, blackhole: true as const }
    const flags = MessageFlag.CREATE | MessageFlag.EXCL
    yield { message: nexthopMessage, type: RTM_NEWNEXTHOP, flags, entry, operation: () => `add nexthop ${id}` }
  }
}

const { done, failed } = await connection.requestAll(requests())
console.log(`${done} added, ${failed.length} refused`)
for (const { index, error } of failed) console.log(`${index}: ${error.message}`)
connection.close()
