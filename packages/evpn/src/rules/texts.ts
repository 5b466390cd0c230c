import type { MemberReason, Reason } from '../entries.ts'

/** Sentences for people. */

const rowTexts: Readonly<Partial<Record<Reason, string>>> = {
  'no-vni': 'The vxlan carries many VNIs, and the entry names none (src_vni).',
  'vni-not-configured': 'No segment has the VNI of the entry.',
  'no-svi-vni': 'The interface of the neighbour maps to no VNI, or to several.',
  'no-remote': 'The entry names no remote address.',
  'multicast-remote': 'The entry sends what is for one host to a multicast group.',
  'multicast-mac': 'The hardware address is that of a group, and not of a host.',
  'nexthop-missing': 'There is no nexthop with the id that the entry names.',
  'nexthop-not-group': 'The nexthop of the entry is no group.',
  'nexthop-not-fdb': 'The group of the entry is not for forwarding entries (fdb).',
  'no-members': 'The group of the entry has no member that can be used.',
}

const memberTexts: Readonly<Record<MemberReason, string>> = {
  missing: 'does not exist',
  'no-gateway': 'has no address',
  'not-fdb': 'is not for forwarding entries (fdb)',
  'is-group': 'is a group itself',
  family: 'has an address of a family that the vxlan cannot send to',
  'no-endpoint': 'has an address that no other entry names as an endpoint',
}

export function rowText(reason: Reason): string {
  return rowTexts[reason] ?? reason
}

export function memberText(nhId: number, member: number, reason: MemberReason): string {
  return `Member ${member} of group ${nhId} ${memberTexts[reason]}.`
}
