/**
 * A variable of the environment, or `undefined` where it is not set or may not be read. Deno asks the user when a
 * program reads a variable without permission, so there the permission is looked at first.
 */
export function environmentVariable(name: string): string | undefined {
  const deno = (globalThis as { Deno?: DenoPermissions }).Deno
  if (deno !== undefined && deno.permissions.querySync({ name: 'env', variable: name }).state !== 'granted') {
    return undefined
  }
  return globalThis.process?.env[name]
}

interface DenoPermissions {
  readonly permissions: {
    querySync(descriptor: { readonly name: 'env'; readonly variable: string }): { readonly state: string }
  }
}
