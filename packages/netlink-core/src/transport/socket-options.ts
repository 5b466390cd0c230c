import { errnoName } from '../errno.ts'
import type { NativeConstants, NativeError, NativeSocket } from './native-binding.ts'
import { attempt } from './native-error.ts'

/** Options that older kernels do not have and that one can do without, and whether the socket has them. */
export interface NativeTransportFeatures {
  /** `NETLINK_EXT_ACK` (Linux 4.12): error texts and the place of the offending attribute. */
  readonly extAck: boolean
  /** `NETLINK_CAP_ACK` (Linux 4.3): errors do not repeat the request. */
  readonly capAck: boolean
  /** `NETLINK_GET_STRICT_CHK` (Linux 4.20): dump requests are checked, and their filters obeyed. */
  readonly strictCheck: boolean
}

/** Twice of it holds a batch of 64 KiB and a message as large behind it. */
const sendBytes = 96 * 1024

/** The kernel takes the number of a group as an `int`. */
const mostGroup = 0x7fffffff

/** Sets and reads the options of one socket. Every method throws a `NetlinkError` when the kernel refuses. */
export class SocketOptions {
  readonly #socket: NativeSocket
  readonly #options: NativeConstants['SocketOption']

  constructor(socket: NativeSocket, options: NativeConstants['SocketOption']) {
    this.#socket = socket
    this.#options = options
  }

  /** Returns the size that the kernel granted, which is twice what is asked for, or twice its limit. */
  requestReceiveBuffer(bytes: number): number {
    const { SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE } = this.#options
    return attempt('set receive buffer', () => {
      if (!isSet('EPERM', () => this.#socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes))) {
        this.#socket.setOption(SOL_SOCKET, SO_RCVBUF, bytes)
      }
      return this.#socket.getOption(SOL_SOCKET, SO_RCVBUF)
    })
  }

  /** Returns the size that the kernel granted; see `requestReceiveBuffer`. */
  requestSendBuffer(): number {
    const { SOL_SOCKET, SO_SNDBUF } = this.#options
    return attempt('set send buffer', () => {
      // The default is a setting of the system, which may be as small as 4,608 bytes.
      if (this.#socket.getOption(SOL_SOCKET, SO_SNDBUF) < 2 * sendBytes) {
        this.#socket.setOption(SOL_SOCKET, SO_SNDBUF, sendBytes)
      }
      return this.#socket.getOption(SOL_SOCKET, SO_SNDBUF)
    })
  }

  /** Switches on what the kernel has. */
  enableFeatures(): NativeTransportFeatures {
    return {
      extAck: this.#enable('NETLINK_EXT_ACK'),
      capAck: this.#enable('NETLINK_CAP_ACK'),
      strictCheck: this.#enable('NETLINK_GET_STRICT_CHK'),
    }
  }

  listenToAllNamespaces(): void {
    const permission = 'allNsid needs CAP_NET_BROADCAST in the user namespace of the network namespace'
    this.#set('listen to all namespaces', 'NETLINK_LISTEN_ALL_NSID', 1, permission)
  }

  join(group: number): void {
    requireGroup(group)
    this.#set(`join multicast group ${group}`, 'NETLINK_ADD_MEMBERSHIP', group)
  }

  leave(group: number): void {
    requireGroup(group)
    this.#set(`leave multicast group ${group}`, 'NETLINK_DROP_MEMBERSHIP', group)
  }

  /** Returns false when the kernel does not know the option. */
  #enable(option: keyof NativeConstants['SocketOption']): boolean {
    return isSet('ENOPROTOOPT', () => this.#set(`set ${option}`, option, 1))
  }

  #set(operation: string, option: keyof NativeConstants['SocketOption'], value: number, permission?: string): void {
    const set = () => this.#socket.setOption(this.#options.SOL_NETLINK, this.#options[option], value)
    attempt(operation, set, permission)
  }
}

function requireGroup(group: number): void {
  if (!Number.isInteger(group) || group < 1 || group > mostGroup) {
    throw new RangeError(`group is ${String(group)}, not the number of a multicast group between 1 and ${mostGroup}`)
  }
}

/** Returns false when the kernel refuses with this error. */
function isSet(refusal: string, set: () => void): boolean {
  try {
    set()
    return true
  } catch (error) {
    if (errnoName((error as NativeError).errno) === refusal) return false
    throw error
  }
}
