import type { Link } from '@rtnl/link'
import type { InterfaceNames } from './interface-names.ts'

/** `BR_STATE_*` (`linux/if_bridge.h`) */
const portStates = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']
/** `BOND_STATE_*`, `BOND_LINK_*` (`linux/if_bonding.h`) */
const slaveStates = ['ACTIVE', 'BACKUP']
const miiStates = ['UP', 'GOING_DOWN', 'DOWN', 'GOING_BACK']

type BridgePort = NonNullable<Link['bridgePort']>

/** Words for what is on or off, with the field that says so, in the order of `ip`. */
const switches = [
  ['hairpin', 'mode'],
  ['guard', 'guard'],
  ['root_block', 'protect'],
  ['fastleave', 'fastLeave'],
  ['learning', 'learning'],
  ['flood', 'unicastFlood'],
  ['proxy_arp', 'proxyarp'],
  ['proxy_arp_wifi', 'proxyarpWifi'],
  ['mcast_router', 'multicastRouter'],
  ['mcast_fast_leave', 'fastLeave'],
  ['mcast_flood', 'mcastFlood'],
  ['bcast_flood', 'bcastFlood'],
  ['mcast_to_unicast', 'mcastToUcast'],
  ['neigh_suppress', 'neighSuppress'],
  ['vlan_tunnel', 'vlanTunnel'],
  ['isolated', 'isolated'],
  ['locked', 'locked'],
] as const satisfies readonly (readonly [string, keyof BridgePort])[]

/** What a link has as a port of a bridge or a bond, as `ip -d link` prints it. */
export function slaveWords({ slaveKind, bridgePort, bondSlave }: Link, names: InterfaceNames): string[] {
  if (slaveKind === undefined) return []
  const words = [`${slaveKind}_slave`]
  if (bridgePort !== undefined) words.push(...bridgePortWords(bridgePort, names))
  if (bondSlave !== undefined) words.push(...bondSlaveWords(bondSlave))
  return words
}

function bridgePortWords(port: BridgePort, names: InterfaceNames): string[] {
  const { state, priority, cost, backupPort, backupNhid, mab, neighVlanSuppress, mcastMaxGroups, mcastNGroups } = port
  const words: string[] = []
  if (state !== undefined) words.push(`state ${portStates[state] ?? `(${state})`}`)
  if (priority !== undefined) words.push(`priority ${priority}`)
  if (cost !== undefined) words.push(`cost ${cost}`)
  for (const [word, field] of switches) {
    const value = port[field]
    if (value === undefined) continue
    words.push(`${word} ${field === 'multicastRouter' ? value : value === 0 ? 'off' : 'on'}`)
  }
  if (backupPort !== undefined) words.push(`backup_port ${names.name(backupPort)}`)
  // What only newer kernels have, and `ip` of the time before does not print, is left out where it is not set.
  if (mab === 1) words.push('mab on')
  if (neighVlanSuppress === 1) words.push('neigh_vlan_suppress on')
  if (backupNhid !== undefined) words.push(`backup_nhid ${backupNhid}`)
  if (mcastMaxGroups !== undefined && mcastMaxGroups !== 0) {
    words.push(`mcast_n_groups ${mcastNGroups ?? 0} mcast_max_groups ${mcastMaxGroups}`)
  }
  return words
}

function bondSlaveWords(slave: NonNullable<Link['bondSlave']>): string[] {
  const { state, miiStatus, linkFailureCount, queueId, adAggregatorId } = slave
  const words: string[] = []
  if (state !== undefined) words.push(`state ${slaveStates[state] ?? state}`)
  if (miiStatus !== undefined) words.push(`mii_status ${miiStates[miiStatus] ?? miiStatus}`)
  if (linkFailureCount !== undefined) words.push(`link_failure_count ${linkFailureCount}`)
  if (queueId !== undefined) words.push(`queue_id ${queueId}`)
  if (adAggregatorId !== undefined) words.push(`ad_aggregator_id ${adAggregatorId}`)
  return words
}
