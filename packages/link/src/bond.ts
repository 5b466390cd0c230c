import { attribute, hardwareAddress, nested, u8, u16, u32 } from '@rtnl/netlink-core'
import { BondAdInfoAttribute, BondAttribute, BondSlaveAttribute } from './constants.ts'

/** What a bond by LACP has agreed upon with its partner. */
const adInfo = nested('adInfo', {
  /** Id of the active aggregator. */
  aggregator: attribute(BondAdInfoAttribute.AGGREGATOR, u16),
  /** Ports of the active aggregator. */
  numPorts: attribute(BondAdInfoAttribute.NUM_PORTS, u16),
  /** Key of this system's ports in the active aggregator (IEEE 802.1AX). */
  actorKey: attribute(BondAdInfoAttribute.ACTOR_KEY, u16),
  /** Key of the partner's ports. */
  partnerKey: attribute(BondAdInfoAttribute.PARTNER_KEY, u16),
  /** `00:00:00:00:00:00` where there is no partner. */
  partnerMac: attribute(BondAdInfoAttribute.PARTNER_MAC, hardwareAddress),
})

/**
 * Of a bond. What the kernel shows to privileged readers alone (`IFLA_BOND_AD_ACTOR_SYSTEM` and relatives) is left out: in a
 * notification it depends on who caused it.
 */
export const bond = nested('bond', {
  /** `BOND_MODE_*` (`linux/if_bonding.h`): 0 balance-rr, 1 active-backup, 2 balance-xor, 3 broadcast, 4 802.3ad, 5 tlb, 6 alb. */
  mode: attribute(BondAttribute.MODE, u8),
  /** Interface index of the port in use, in the modes that use one at a time. */
  activeSlave: attribute(BondAttribute.ACTIVE_SLAVE, u32),
  /** Milliseconds between looks at the carriers of the ports; 0 for none. */
  miimon: attribute(BondAttribute.MIIMON, u32),
  /** Milliseconds until a port that came up is used. */
  updelay: attribute(BondAttribute.UPDELAY, u32),
  /** Milliseconds until a port that went down is no longer used. */
  downdelay: attribute(BondAttribute.DOWNDELAY, u32),
  /** Interface index of the preferred port. */
  primary: attribute(BondAttribute.PRIMARY, u32),
  /** `BOND_XMIT_POLICY_*`: 0 layer2, 1 layer3+4, 2 layer2+3, 3 encap2+3, 4 encap3+4, 5 vlan+srcmac. */
  xmitHashPolicy: attribute(BondAttribute.XMIT_HASH_POLICY, u8),
  /** Ports that must be up for the bond to have a carrier. */
  minLinks: attribute(BondAttribute.MIN_LINKS, u32),
  /** 0 slow (an LACPDU each 30 s), 1 fast (each second). */
  adLacpRate: attribute(BondAttribute.AD_LACP_RATE, u8),
  /** What LACP negotiates. The kernel announces no change of it. */
  adInfo: attribute(BondAttribute.AD_INFO, adInfo, { volatile: true }),
})

/** Of a port of a bond. */
export const bondSlave = nested('bondSlave', {
  /** `BOND_STATE_*`: 0 active, 1 backup. */
  state: attribute(BondSlaveAttribute.STATE, u8),
  /** `BOND_LINK_*`: 0 up, 1 going down, 2 down, 3 going back up. */
  miiStatus: attribute(BondSlaveAttribute.MII_STATUS, u8),
  /** Times that the link has failed. */
  linkFailureCount: attribute(BondSlaveAttribute.LINK_FAILURE_COUNT, u32, { volatile: true }),
  /** Transmit queue of the bond that is bound to the port; 0 for none. */
  queueId: attribute(BondSlaveAttribute.QUEUE_ID, u16),
  /** Id of the aggregator that the port is in, of a bond by LACP. The kernel announces no change of it. */
  adAggregatorId: attribute(BondSlaveAttribute.AD_AGGREGATOR_ID, u16, { volatile: true }),
})
