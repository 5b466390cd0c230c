import { Evpn, type EvpnOptions } from '@rtnl/evpn'
import type { Test } from 'uvu'
import { inNetns, play } from './netns.ts'

/** Scenes of a kernel: a bridge `B` with the vxlan `D` of VNI 10 and the port `p0`. */

export const scene = [
  'ip link set lo up',
  'ip link add B type bridge',
  'ip link add D type vxlan id 10 dstport 4789 local 192.0.2.100 nolearning',
  'ip link set D master B',
  'ip link set D up',
  'ip link add p0 type veth peer name p1',
  'ip link set p0 master B',
  'ip link set p0 up',
  'ip link set p1 up',
  'ip link set B up',
]

/** The group of nexthops 10 with two members. */
export const group = [
  'ip nexthop add id 1 via 192.0.2.1 fdb',
  'ip nexthop add id 2 via 192.0.2.2 fdb',
  'ip nexthop add id 10 group 1/2 fdb',
]

export const zero = '00:00:00:00:00:00'
export const mac = '02:00:00:00:00:01'

/** A test in a namespace with a scene, which it changes step by step. */
export function scenario(
  tests: Test,
  what: string,
  setup: readonly string[],
  test: (evpn: Evpn, step: (...lines: string[]) => Promise<void>, netns: string) => Promise<void>,
  options: EvpnOptions = {},
): void {
  tests(what, () =>
    inNetns(setup, async (netns) => {
      await using evpn = await Evpn.open({ netns, ...options })
      await test(
        evpn,
        async (...lines) => {
          play(netns, ...lines)
          await evpn.waitForSync()
        },
        netns,
      )
    }),
  )
}

export function paths(evpn: Evpn, lladdr = mac, vni = 10): string[] {
  return (evpn.fdb.get({ vni, mac: lladdr })?.paths ?? []).map(({ remote, weight }) => `${remote.ip} ${weight}`)
}

export function reasons(evpn: Evpn): string[] {
  return [...evpn.unresolved].map(({ table, row, reason }) => `${table} ${row} ${reason}`).sort()
}

export function notices(evpn: Evpn): string[] {
  return [...evpn.notices].map(({ kind, subject }) => `${kind} ${subject}`).sort()
}
