import {
  type Encapsulation,
  EncapsulationType,
  type Ip6Encapsulation,
  type IpEncapsulation,
  type MplsEncapsulation,
  type Seg6Encapsulation,
  Seg6Mode,
} from '@rtnl/netlink-core'

const typeNames = new Map<number, string>([
  [EncapsulationType.MPLS, 'mpls'],
  [EncapsulationType.IP, 'ip'],
  [EncapsulationType.ILA, 'ila'],
  [EncapsulationType.IP6, 'ip6'],
  [EncapsulationType.SEG6, 'seg6'],
  [EncapsulationType.BPF, 'bpf'],
  [EncapsulationType.SEG6_LOCAL, 'seg6local'],
  [EncapsulationType.RPL, 'rpl'],
  [EncapsulationType.IOAM6, 'ioam6'],
  [EncapsulationType.XFRM, 'xfrm'],
])

const seg6Modes = new Map<number, string>([
  [Seg6Mode.INLINE, 'inline'],
  [Seg6Mode.ENCAP, 'encap'],
  [Seg6Mode.L2ENCAP, 'l2encap'],
  [Seg6Mode.ENCAP_RED, 'encap.red'],
  [Seg6Mode.L2ENCAP_RED, 'l2encap.red'],
])

/** Flags of tunnel metadata (`TUNNEL_*`), in the order in which `ip` prints them. */
const tunnelFlags = [
  [0x04, 'key'],
  [0x01, 'csum'],
  [0x08, 'seq'],
] as const

/** What a lightweight tunnel does, as `ip` prints it. A type that is not decoded is followed by its bytes. */
export function encapsulationWords(type: number | undefined, encapsulation: Encapsulation): string[] {
  const head = ['encap', typeNames.get(type ?? 0) ?? String(type)]
  if (typeof encapsulation === 'string') return [...head, encapsulation]
  switch (type) {
    case EncapsulationType.SEG6:
      return [...head, ...seg6Words(encapsulation as Seg6Encapsulation)]
    case EncapsulationType.MPLS:
      return [...head, ...mplsWords(encapsulation as MplsEncapsulation)]
    default:
      return [...head, ...tunnelWords(encapsulation as IpEncapsulation & Ip6Encapsulation)]
  }
}

function seg6Words({ mode, segs }: Seg6Encapsulation): string[] {
  return ['mode', seg6Modes.get(mode) ?? '<unknown>', 'segs', String(segs.length), '[', ...segs, ']']
}

function mplsWords({ dst, ttl }: MplsEncapsulation): string[] {
  return [...(dst === undefined ? [] : [dst.join('/')]), ...(ttl === undefined ? [] : ['ttl', String(ttl)])]
}

function tunnelWords(tunnel: IpEncapsulation & Ip6Encapsulation): string[] {
  const words: string[] = []
  for (const name of ['id', 'src', 'dst', 'hoplimit', 'ttl', 'tos', 'tc'] as const) {
    const value = tunnel[name]
    if (value !== undefined) words.push(name, String(value))
  }
  const { flags = 0 } = tunnel
  return [...words, ...tunnelFlags.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)]
}
