import { WaitingError } from '@rtnl/reconcile'

/** What the kernel said to an entry that failed. Where it is known what the entry waits for, the kernel's error is the cause. */
export function refusalOf({ error }: { readonly error: Error }): unknown {
  return error instanceof WaitingError ? error.cause : error
}
