import {
  attribute,
  type CallOptions,
  type Connection,
  hidden,
  type Infer,
  message,
  nested,
  u8,
  u16,
  u32,
  u64,
} from '@rtnl/netlink-core'
import { checkId } from './check.ts'
import { NexthopAttribute, NexthopBucketMessage, ResilientBucketAttribute } from './constants.ts'

/** What a bucket holds (`NHA_RES_BUCKET`). `idleTime` is in clock ticks, 100 a second (`clock_t`). */
const resilientBucket = nested('bucket', {
  /** Place in the group, from 0. */
  index: attribute(ResilientBucketAttribute.INDEX, u16),
  /** Id of the nexthop that gets its flows. */
  nhId: attribute(ResilientBucketAttribute.NH_ID, u32),
  /** Ticks of 1/100 s since a packet used it. */
  idleTime: attribute(ResilientBucketAttribute.IDLE_TIME, u64, { volatile: true }),
})

/** `struct nhmsg` and the attributes of a bucket of a resilient group. */
export const nexthopBucketMessage = message('nexthop bucket', {
  header: {
    /** Not of a bucket. */
    family: hidden(u8),
    /** Not of a bucket. */
    scope: hidden(u8),
    /** Not of a bucket. */
    protocol: hidden(u8),
    /** Filler. */
    reserved: hidden(u8),
    /** Not of a bucket. */
    flags: hidden(u32),
  },
  attributes: {
    /** Id of the group. */
    id: attribute(NexthopAttribute.ID, u32),
    /** The bucket itself. */
    bucket: attribute(NexthopAttribute.RES_BUCKET, resilientBucket),
  },
})

/** A bucket of the resilient group `id`: flows that hash to `bucket.index` go to nexthop `bucket.nhId`. */
export type NexthopBucket = Infer<typeof nexthopBucketMessage>

/**
 * Reads the buckets of a resilient group. The kernel announces only some of their changes, so there is no live table.
 * @throws {TypeError | RangeError} the id is no number in 1..4294967295
 * @throws {NetlinkError} there is no such group (`ENOENT`), or it is not resilient (`EINVAL`)
 */
export async function dumpBuckets(
  connection: Connection,
  groupId: number,
  options: CallOptions = {},
): Promise<NexthopBucket[]> {
  const entry = { id: checkId(groupId) }
  const operation = `dump buckets of nexthop id ${groupId}`
  const request = { message: nexthopBucketMessage, type: NexthopBucketMessage.GET, entry, operation }
  const buckets: NexthopBucket[] = []
  for await (const batch of connection.dump(request, options)) buckets.push(...batch)
  return buckets
}
