import { type Connection, Errno, NetlinkError } from '@rtnl/netlink-core'
import { NexthopMessage, nexthopMessage } from '@rtnl/nexthop'
import { readText } from '../../read-text.ts'
import { type Check, type CheckGroup, notKnown, required } from '../check.ts'

/** Bits of capabilities (`linux/capability.h`), and what is missing without them. */
const capabilities = [
  { name: 'CAP_NET_ADMIN', bit: 12, lack: 'rtnl sync writes nothing, and receive buffers end at net.core.rmem_max' },
  { name: 'CAP_SYS_ADMIN', bit: 21, lack: '--netns opens no other namespaces' },
  { name: 'CAP_NET_BROADCAST', bit: 11, lack: 'no messages of other namespaces are heard (allNsid)' },
  { name: 'CAP_SYS_NICE', bit: 23, lack: 'the thread that receives does not go before others' },
] as const

/** Whether the kernel lets the process write. */
export const writeGroup: CheckGroup = {
  ids: ['right.write'],
  examine: async (patient) => [await writing(patient.connection())],
}

/** The capabilities of the process. */
export const capabilityGroup: CheckGroup = {
  ids: ['right.capabilities'],
  examine: () => [held()],
}

/**
 * The kernel looks at the right before it looks at the request. This one cannot be carried out, whoever sends it: it is to delete a
 * nexthop, and does not say which.
 */
async function writing(connection: Connection): Promise<Check> {
  const id = 'right.write'
  try {
    const request = {
      message: nexthopMessage,
      type: NexthopMessage.DEL,
      entry: {},
      operation: 'ask for the right to write',
    }
    await connection.request(request)
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error
    if (error.errno === Errno.EPERM) {
      return {
        id,
        level: 'yellow',
        text: 'entries of this network namespace may be read, and not written (EPERM)',
        todo: 'for rtnl sync, start it as root, or with CAP_NET_ADMIN in the user namespace that owns the network namespace',
        value: false,
      }
    }
  }
  return { id, level: 'green', text: 'entries of this network namespace may be written', value: true }
}

function held(): Check {
  const id = 'right.capabilities'
  const status = required(readText('/proc/self/status'), '/proc/self/status')
  const [, mask = ''] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? []
  if (mask === '') return notKnown(id, '/proc/self/status names no capabilities')
  const has = ({ bit }: { readonly bit: number }): boolean => ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n
  const names = capabilities.filter(has).map(({ name }) => name)
  const missing = capabilities.filter((each) => !has(each))
  const own = isInitialUserNamespace() ? '' : ' in a user namespace, and none outside of it'
  const value = { capabilities: names, userNamespace: own === '' ? 'initial' : 'own' }
  const held = `${names.join(', ') || 'no capability that counts'}${own}`
  if (missing.length === 0 && own === '') return { id, level: 'green', text: held, value }
  const lacks = missing.map(({ name, lack }) => `without ${name} ${lack}`)
  if (own !== '') lacks.push('the kernel grants receive buffers beyond net.core.rmem_max to the host only')
  return { id, level: 'yellow', text: `${held}: ${lacks.join('; ')}`, value }
}

/** The initial user namespace alone has all users (user_namespaces(7)). */
function isInitialUserNamespace(): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(readText('/proc/self/uid_map') ?? '')
}
