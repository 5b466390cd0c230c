import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { AddressFlag, addressOwner } from '@rtnl/address'
import { mdbOwner, vlanOwner, vniOwner } from '@rtnl/bridge'
import { ifindex } from '@rtnl/compliance'
import { LinkTable } from '@rtnl/link'
import { fdbOwner, neighborOwner } from '@rtnl/neighbor'
import { nexthopOwner } from '@rtnl/nexthop'
import type { Notifier } from '@rtnl/notifier'
import { type Controller, keep } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { ruleOwner } from '@rtnl/rule'
import { abilitiesOfKernel } from './scene.ts'

const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
const protocol = 201

/** Milliseconds: a controller pauses at most half a minute before it tries again. */
const longestPause = 45_000

const { vlans, vnis } = abilitiesOfKernel()

/** What the kernel is to hold in the end, in the words of the tools, by the command that shows it. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'ip -N -4 route show table 300': numbers.map((number) =>
    number % 2 === 0
      ? `3.0.${number}.0/24 nhid ${1000 + number} proto 201`
      : `3.0.${number}.0/24 via 10.50.0.${number + 1} dev c0 proto 201`,
  ),
  'ip -N -6 route show table 300': numbers.map(
    (number) => `2001:db8:${number}::/64 via fd50::${number + 1} dev c0 proto 201 metric 1024 pref medium`,
  ),
  'ip -N nexthop show proto 201': numbers.map(
    (number) => `id ${1000 + number} via 10.50.0.${number + 1} dev c0 scope 253 proto 201`,
  ),
  'ip -N neigh show dev c0 nud noarp proto 201': numbers.map(
    (number) => `10.50.0.${100 + number} lladdr 02:dd:00:00:00:0${number} NOARP proto 201`,
  ),
  'ip -N -4 rule show protocol 201': numbers.map(
    (number) => `${2000 + number}: from 10.60.${number}.0/24 lookup 300 proto 201`,
  ),
  'bridge fdb show dev vxc': numbers.map((number) => `02:cc:00:00:00:0${number} dst 192.0.2.${number} self static`),
  'ip -N -4 -o addr show dev d0': numbers.map(
    (number) => `d0 inet 10.61.0.${number}/32 scope 0 d0\\ valid_lft forever preferred_lft forever`,
  ),
  'ip -N -6 -o addr show dev d0 scope global': numbers.map(
    (number) => `d0 inet6 fd61::${number}/128 scope 0 nodad \\ valid_lft forever preferred_lft forever`,
  ),
  'bridge mdb show dev brc': numbers.map((number) => `dev brc port e0 grp 239.2.0.${number} permanent`),
  ...(vlans ? { 'bridge vlan show dev f0': ['port vlan-id', ...numbers.map((number) => `${10 + number}`)] } : {}),
  ...(vnis
    ? {
        'bridge vni show dev vxd': [
          'dev vni group/remote',
          ...numbers.map((number) => `${10 + number} 192.0.2.${number}`),
        ],
      }
    : {}),
}

/** What of that a command shows of others too. */
const ours: Readonly<Record<string, (line: string) => boolean>> = {
  'ip -N -4 rule show protocol 201': (line) => line.endsWith('proto 201'),
  // The kernel joins groups of its own for IPv6.
  'bridge mdb show dev brc': (line) => line.includes(' grp 239.2.'),
}

/** Controllers that keep entries in the namespace of a scene, and what the tools show of them. */
export class Controllers {
  readonly #netns: string
  readonly #all: readonly Controller<never, never>[]

  private constructor(netns: string, all: readonly Controller<never, never>[]) {
    this.#netns = netns
    this.#all = all
  }

  static async open(netns: string, notifier: Notifier): Promise<Controllers> {
    const c0 = ifindex(netns, 'c0')
    await using links = await LinkTable.open({ notifier })
    const vxlan = links.get({ ifindex: ifindex(netns, 'vxc') })!
    const gateway = (number: number): string => `10.50.0.${number + 1}`
    const routes = numbers.flatMap((number) => [
      { dst: `3.0.${number}.0/24`, ...(number % 2 === 0 ? { nhId: 1000 + number } : { gateway: gateway(number) }) },
      { dst: `2001:db8:${number}::/64`, gateway: `fd50::${number + 1}` },
    ])
    const nexthops = numbers.map((number) => ({ id: 1000 + number, gateway: gateway(number), oif: c0 }))
    const neighbors = numbers.map((number) => ({ dst: `10.50.0.${100 + number}`, lladdr: `02:dd:00:00:00:0${number}` }))
    const rules = numbers.map((number) => ({ priority: 2000 + number, src: `10.60.${number}.0/24`, table: 300 }))
    const addresses = numbers.flatMap((number) => [
      { address: `10.61.0.${number}`, prefixlen: 32 },
      { address: `fd61::${number}`, prefixlen: 128, flags: AddressFlag.NODAD },
    ])
    const groups = numbers.map((number) => ({ port: ifindex(netns, 'e0'), group: `239.2.0.${number}` }))
    const vlansWanted = numbers.map((number) => ({ vid: 10 + number }))
    const vnisWanted = numbers.map((number) => ({ vni: 10 + number, group: `192.0.2.${number}` }))
    const remotes = numbers.map((number) => ({ lladdr: `02:cc:00:00:00:0${number}`, dst: `192.0.2.${number}` }))
    const options = { notifier }
    const all = [
      await keep(nexthopOwner({ protocol }), nexthops, options),
      await keep(routeOwner({ table: 300, protocol }), routes, options),
      await keep(neighborOwner({ ifindex: c0, protocol }), neighbors, options),
      await keep(ruleOwner({ protocol }), rules, options),
      await keep(fdbOwner(vxlan), remotes, options),
      await keep(addressOwner({ ifindex: ifindex(netns, 'd0') }), addresses, options),
      await keep(mdbOwner({ ifindex: ifindex(netns, 'brc') }), groups, options),
      ...(vlans ? [await keep(vlanOwner({ ifindex: ifindex(netns, 'f0') }), vlansWanted, options)] : []),
      ...(vnis ? [await keep(vniOwner({ ifindex: ifindex(netns, 'vxd') }), vnisWanted, options)] : []),
    ]
    return new Controllers(netns, all as unknown as Controller<never, never>[])
  }

  get requests(): number {
    return this.#all.reduce((sum, { requests }) => sum + requests, 0)
  }

  /**
   * Waits until everything that is desired is there: a controller pauses up to half a minute where others have undone an entry
   * again and again.
   * @returns differences between what is desired and what the tools show
   */
  async differences(): Promise<string[]> {
    const limit = performance.now() + longestPause
    while (true) {
      for (const controller of this.#all) await controller.idle()
      const found = this.#compare()
      if (found.length === 0) return []
      if (performance.now() > limit) {
        return [...found, ...this.#all.flatMap(troublesOf)]
      }
      await delay(50)
    }
  }

  close(): void {
    for (const controller of this.#all) controller.close()
  }

  #compare(): string[] {
    return Object.entries(expected).flatMap(([command, lines]) => {
      const [tool = '', ...words] = command.split(' ')
      const text = execFileSync(tool, ['-n', this.#netns, ...words], { encoding: 'utf8' })
      const shown = text.split('\n').map((line) => entryOf(line.replaceAll(/\s+/g, ' ').trim()))
      const missing = lines.filter((line) => !shown.includes(line)).map((line) => `${command}: lacks ${line}`)
      const isOurs = ours[command] ?? ((line) => line !== '')
      const more = shown.filter((line) => isOurs(line) && !lines.includes(line))
      return [...missing, ...more.map((line) => `${command}: has ${line}`)]
    })
  }
}

/**
 * A line without what is said of an entry once only, or depends on the interface's number; and a route without what the kernel
 * says of its nexthop object, or does not (`nexthop_compat_mode`): the object has it.
 */
function entryOf(line: string): string {
  return line
    .replace(/(nhid \d+) via \S+ dev \S+/, '$1')
    .replace(/^\d+: (?=d0 )/, '')
    .replace(/^(f0|vxd) (?=\d)/, '')
}

/** What a controller says of entries that are not there. */
function troublesOf({ failed, conflicts, waiting }: Controller<never, never>): string[] {
  return [
    ...failed.map(({ error }) => `failed: ${error}`),
    ...conflicts.map((conflict) => `conflict: ${JSON.stringify(conflict)}`),
    ...waiting.map((cause) => `waiting: ${JSON.stringify(cause)}`),
  ]
}
