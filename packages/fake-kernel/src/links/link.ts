import { type Link, LinkFlag } from '@rtnl/link'
import { bridgeData, portData } from './bridge-data.ts'
import type { LinkOperations } from './link-operations.ts'

/** `IF_OPER_*` (RFC 2863) */
export const OperationalState = { UNKNOWN: 0, DOWN: 2, LOWERLAYERDOWN: 3, UP: 6 } as const

/** `ARPHRD_*` */
const hardwareType = { ethernet: 1, loopback: 772 } as const

/** An interface as a port of a bridge. */
export interface FakePort {
  readonly bridge: FakeLink
  /** `BR_STATE_*` */
  readonly state: number
}

/** An interface: the loopback, one end of a veth pair, or a bridge. */
export class FakeLink {
  readonly ifindex: number
  readonly ifname: string
  readonly address: string
  readonly mtu: number
  readonly kind: 'veth' | 'bridge' | undefined
  /** Whether a program set it up (`IFF_UP`). */
  isUp = false
  hasCarrier: boolean
  /** The other end of the pair. */
  peer: FakeLink | undefined
  /** As a port of a bridge. */
  port: FakePort | undefined
  operations: LinkOperations | undefined
  /** What the kernel noted last; an interface that is down shows itself as down. */
  operationalState: number
  /** The interface is being deleted. */
  isDead = false

  constructor(link: { ifindex: number; ifname: string; address: string; mtu: number; kind?: 'veth' | 'bridge' }) {
    this.ifindex = link.ifindex
    this.ifname = link.ifname
    this.address = link.address
    this.mtu = link.mtu
    this.kind = link.kind
    this.hasCarrier = this.isLoopback
    this.operationalState = this.isLoopback ? OperationalState.UNKNOWN : this.withoutCarrier
  }

  get isLoopback(): boolean {
    return this.ifindex === 1
  }

  /** Whether packets can go: up, and the kernel has noted the carrier, or it has not noted its loss (`IFF_RUNNING`, `IFF_LOWER_UP`). */
  get isRunning(): boolean {
    return this.isUp && (this.hasCarrier || this.isOperational)
  }

  get isOperational(): boolean {
    return this.operationalState === OperationalState.UP || this.operationalState === OperationalState.UNKNOWN
  }

  /** The operational state of one that has no carrier: that of a pair misses the other end. */
  get withoutCarrier(): number {
    return this.kind === 'bridge' ? OperationalState.DOWN : OperationalState.LOWERLAYERDOWN
  }

  /** The entry as the kernel reports it. */
  entry(): Partial<Link> {
    const base = this.isLoopback ? LinkFlag.LOOPBACK : LinkFlag.BROADCAST | LinkFlag.MULTICAST
    const running = (this.isOperational ? LinkFlag.RUNNING : 0) | (this.hasCarrier ? LinkFlag.LOWER_UP : 0)
    return {
      family: 0,
      type: this.isLoopback ? hardwareType.loopback : hardwareType.ethernet,
      ifindex: this.ifindex,
      flags: base | (this.isUp ? LinkFlag.UP | running : 0),
      ifname: this.ifname,
      mtu: this.mtu,
      address: this.address,
      carrier: this.hasCarrier ? 1 : 0,
      operstate: this.isUp ? this.operationalState : OperationalState.DOWN,
      ...(this.kind === undefined ? {} : { kind: this.kind }),
      ...(this.kind === 'veth' ? { link: this.peer?.ifindex ?? 0 } : {}),
      ...(this.kind === 'bridge' ? { bridge: bridgeData } : {}),
      ...(this.port && {
        master: this.port.bridge.ifindex,
        slaveKind: 'bridge',
        bridgePort: portData(this.port.state),
      }),
    }
  }
}
