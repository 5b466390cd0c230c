import { type Address, AddressMessage, addressMessage } from '@rtnl/address'
import { AddressFamily, type Connection, type DumpRequest, Errno, NetlinkError } from '@rtnl/netlink-core'
import { readText } from '../../read-text.ts'
import { type Check, type CheckGroup, required } from '../check.ts'

const releaseFile = '/proc/sys/kernel/osrelease'

/** Which kernel it is. */
export const kernelGroup: CheckGroup = {
  ids: ['kernel'],
  examine() {
    const release = required(readText(releaseFile), releaseFile).trim()
    return [{ id: 'kernel', level: 'green', text: `Linux ${release}`, value: { release } }]
  },
}

/** Whether the kernel looks at dump requests. */
export const strictCheckGroup: CheckGroup = {
  ids: ['feature.strict-checks'],
  examine: async (patient) => [await strictChecks(patient.connection())],
}

/** A dump request with a field that means nothing there. A kernel that checks requests refuses it; others do not look. */
const senseless: DumpRequest<Address> = {
  message: addressMessage,
  type: AddressMessage.GET,
  entry: { family: AddressFamily.INET, prefixlen: 1 },
  operation: 'dump address',
}

async function strictChecks(connection: Connection): Promise<Check> {
  const id = 'feature.strict-checks'
  try {
    for await (const _ of connection.dump(senseless)) break
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.errno !== Errno.EINVAL) throw error
    return { id, level: 'green', text: 'the kernel checks dump requests, and obeys their filters', value: true }
  }
  return {
    id,
    level: 'yellow',
    text: 'the kernel does not check dump requests, and ignores their filters: tables of a part read all',
    todo: 'use Linux 4.20 or newer',
    value: false,
  }
}
