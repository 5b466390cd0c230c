/**
 * A variable of the environment, or `undefined` where it is not set or may not be read. Deno asks the user when a
 * program reads a variable without permission, so there the permission is looked at first.
 */
export function environmentVariable(name: string): string | undefined {
  return isGranted({ name: 'env', variable: name }) ? globalThis.process?.env[name] : undefined
}

/** What Deno wants a permission for. */
type Permission =
  | { readonly name: 'env'; readonly variable: string }
  | { readonly name: 'read' | 'ffi'; readonly path: string }

/** Whether a permission is there without asking the user for it: always but on Deno. */
export function isGranted(permission: Permission): boolean {
  const deno = (globalThis as { Deno?: DenoPermissions }).Deno
  return deno === undefined || deno.permissions.querySync(permission).state === 'granted'
}

interface DenoPermissions {
  readonly permissions: { querySync(permission: Permission): { readonly state: string } }
}
