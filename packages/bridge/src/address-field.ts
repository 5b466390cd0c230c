import { type FieldRule, ipAddress } from '@rtnl/reconcile/declarations'

const anyAddress = ipAddress()

/** An IP address; the kernel takes one of zeros, and shows none. */
export const addressUnlessZero: FieldRule<string, unknown> = (value) => {
  const address = anyAddress(value, undefined)
  return address === '0.0.0.0' || address === '::' ? undefined : address
}
