import { readFileSync } from 'node:fs'
import { Connection } from '@rtnl/netlink-core'
import * as assert from 'uvu/assert'
import type { Check, CheckGroup } from '../../src/doctor/check.ts'
import { ip } from './ip.ts'
import { behind } from './limited.ts'
import type { Ended } from './rtnl.ts'

export const MIB = 1024 * 1024

interface Report {
  readonly level: string
  readonly checks: readonly Check[]
}

/** What the doctor says in JSON. */
export class Found {
  readonly code: number | null
  readonly level: string
  readonly ids: readonly string[]
  readonly #checks: ReadonlyMap<string, Check>

  constructor({ code, stdout, stderr }: Ended) {
    assert.is(stderr, '')
    const { level, checks }: Report = JSON.parse(stdout)
    this.code = code
    this.level = level
    this.ids = checks.map(({ id }) => id)
    this.#checks = new Map(checks.map((check) => [check.id, check]))
  }

  of(id: string): Check {
    const check = this.#checks.get(id)
    if (check === undefined) throw new Error(`there is no ${id} in ${this.ids.join(' ')}`)
    return check
  }
}

/** What the doctor finds behind the words of another command. */
export async function examined(prefix: readonly string[] = [], ...args: readonly string[]): Promise<Found> {
  return new Found(await behind(prefix, 'doctor', '--json', ...args))
}

/** What one group of checks finds for this process, by the id of the check. */
export async function checked(group: CheckGroup, protocol?: number): Promise<Record<string, Check>> {
  using connection = await Connection.open()
  const checks = await group.examine({ protocol, connection: () => connection })
  return Object.fromEntries(checks.map((check) => [check.id, check]))
}

/** The buffer of who may not have more than the limit of the host. */
export function judgeLimited(found: Found): void {
  const limit = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'))
  // The kernel doubles what it grants.
  const granted = 2 * Math.min(limit, 32 * MIB)
  assert.equal(found.of('buffer.receive').value, { asked: 64 * MIB, granted, rmemMax: limit })
  assert.is(found.of('buffer.receive').level, granted < 64 * MIB ? 'yellow' : 'green')
}

/** An interface with an address, and a nexthop of protocol 84. */
export function makeScene(): void {
  ip('link add v0 type veth peer name p0')
  for (const name of ['v0', 'p0']) ip(`link set ${name} addrgenmode none up`)
  ip('addr add 10.0.0.1/24 dev v0 nodad')
  ip('nexthop add id 7 via 10.0.0.7 dev v0 proto 84')
  // The kernel tells its other parts of the carriers a moment later.
  const isAtRest = (): boolean =>
    ip('-o link')
      .split('\n')
      .every((line) => !/ [vp]0@/.test(line) || line.includes(' state UP '))
  for (let tries = 0; !isAtRest(); tries++) {
    assert.ok(tries < 3000, ip('link'))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}
