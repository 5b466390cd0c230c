import type { Subject } from '../subject.ts'

const loaders: Readonly<Record<string, () => Promise<{ readonly [name: string]: unknown }>>> = {
  ipv4Routes: () => import('./ipv4-routes.ts'),
  ipv6Routes: () => import('./ipv6-routes.ts'),
  nexthops: () => import('./nexthops.ts'),
  neighbors: () => import('./neighbors.ts'),
  proxies: () => import('./proxies.ts'),
  remotes: () => import('./remotes.ts'),
  ports: () => import('./ports.ts'),
  addresses: () => import('./addresses.ts'),
  rules: () => import('./rules.ts'),
  vlans: () => import('./vlans.ts'),
  vnis: () => import('./vnis.ts'),
  groups: () => import('./groups.ts'),
  manyRoutes: () => import('./many-routes.ts'),
}

/** The names of the tables, as `--table` takes them. */
export const subjectNames: readonly string[] = Object.keys(loaders)

/** A child that is to die soon loads no other tables than its own. */
export async function subjectNamed(name: string): Promise<Subject> {
  const load = loaders[name]
  if (load === undefined) throw new TypeError(`"${name}" is none of the tables: ${subjectNames.join(', ')}`)
  return (await load())[name] as Subject
}
