/** Numbers of pcapng (draft-ietf-opsawg-pcapng) and of `LINKTYPE_NETLINK`. */

export const BlockType = {
  SECTION_HEADER: 0x0a0d0d0a,
  INTERFACE_DESCRIPTION: 1,
  ENHANCED_PACKET: 6,
} as const

/** What a section begins with, in the byte order of the machine that wrote it. */
export const byteOrderMagic = 0x1a2b3c4d

/** The oldest and the only version of the format. */
export const version = { major: 1, minor: 0 } as const

export const Option = {
  END: 0,
  COMMENT: 1,
  /** Of a section. */
  SECTION_HARDWARE: 2,
  SECTION_SYSTEM: 3,
  SECTION_APPLICATION: 4,
  /** Of an interface. */
  INTERFACE_NAME: 2,
  INTERFACE_DESCRIPTION: 3,
  INTERFACE_RESOLUTION: 9,
  /** Of a packet. */
  PACKET_FLAGS: 2,
} as const

/** `if_tsresol`: nanoseconds. */
export const nanoseconds = 9

/** The lowest bits of `epb_flags`. */
export const Direction = { INBOUND: 1, OUTBOUND: 2 } as const

/** A packet begins with a cooked header of 16 bytes, in network byte order; netlink messages follow. */
export const linkTypeNetlink = 253

/**
 * The cooked header: packet type u16, hardware type u16 (`ARPHRD_NETLINK`), 10 bytes that mean nothing here, and the netlink
 * family u16.
 */
export const CookedHeader = { LENGTH: 16, HARDWARE_TYPE: 2, FAMILY: 14 } as const

/** `ARPHRD_NETLINK` */
export const hardwareTypeNetlink = 824

/** `PACKET_USER` and `PACKET_KERNEL`: to whom a netlink packet goes, as `nlmon` has it. */
export const PacketType = { TO_USER: 6, TO_KERNEL: 7 } as const

/** Bytes of a block with nothing in it: type, length, and the length again. */
export const emptyBlockLength = 12

/** Bytes of an enhanced packet block before its data. */
export const packetHeadLength = 28

/** Cycles up to the alignment of blocks, options and packets. */
export function padded(length: number): number {
  return (length + 3) & ~3
}
