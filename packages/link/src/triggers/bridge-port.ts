import { type EntryTrigger, type MessageTrigger, onEntry, onMessage } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import { bridgePort } from '../bridge-port.ts'
import { LinkAttribute, LinkMessage, linkHeader } from '../constants.ts'
import type { Link } from '../message.ts'
import { portsOf } from '../partition.ts'
import { linkRelations } from '../relations.ts'

/**
 * What changes of a port of a bridge, such as its state, the kernel tells in messages of the bridge family alone. They have
 * the data of the port, but not the rest of the link; so where they say something new, the ports of the bridge are read.
 */
export const bridgePortTrigger: MessageTrigger<Link> = onMessage({
  reason: 'bridge port',
  groups: [MulticastGroup.LINK],
  types: [LinkMessage.NEW],
  invalidates({ view, body, end }, table) {
    if (end - body < linkHeader.size || view.getUint8(body) !== AddressFamily.BRIDGE) return []
    const attributes = body + linkHeader.size
    const at = findAttribute(view, attributes, end, LinkAttribute.PROTINFO)
    const masterAt = findAttribute(view, attributes, end, LinkAttribute.MASTER)
    // Messages about the bridge itself, as one of its ports, have neither.
    if (at < 0 || masterAt < 0) return []
    const master = view.getUint32(masterAt, littleEndian)
    // A dump that is under way may have shown the port before it changed.
    if (table.state !== 'live') return [portsOf(master)]
    const link = table.get({ ifindex: view.getInt32(body + linkHeader.ifindex, littleEndian) })
    if (link?.bridgePort === undefined) return []
    const known: Readonly<Record<string, unknown>> = link.bridgePort
    const heard = bridgePort.read(view, at, view.getUint16(at - 4, littleEndian) - 4, false)
    return Object.entries(heard).every(([name, value]) => known[name] === value) ? [] : [portsOf(master)]
  },
})

/** Ports of which another one that leaves the bridge was the backup lose it in silence. */
export const backupTrigger: EntryTrigger<Link> = onEntry('backup port', (old, next, table) => {
  const master = old?.master
  if (master === undefined || master === next?.master) return []
  // What a reading has shown but the table does not hold yet is in no relation.
  return table.state !== 'live' || linkRelations(table).backups.has(old!.ifindex) ? [portsOf(master)] : []
})
