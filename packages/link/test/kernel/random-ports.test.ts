// timeout: 600
import { spawnSync } from 'node:child_process'
import { tries } from '@rtnl/compliance'
import { type Link, LinkMessage, LinkTable, linkMessage } from '@rtnl/link'
import type { Change } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNetns, play } from '../support/netns.ts'

const random = suite('ports of bridges under random operations')

const names = ['a0', 'a1', 'a2', 'a3']
const bridges = ['br0', 'br1']

/** Each of ten commands. */
const rounds = tries(100)

/** Numbers from 0 up to a limit, the same ones for a seed (Lehmer's generator). */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 48271) % 0x7fffffff
    return state % limit
  }
}

/** What the kernel tells of a port in one way or another. `ip link set ... type bridge_slave` is silent for one that is down. */
function operation(draw: (limit: number) => number): string {
  const one = <Value>(values: readonly Value[]): Value => values[draw(values.length)]!
  const port = (): string => one(names)
  const flag = [
    'learning',
    'flood',
    'neigh_suppress',
    'isolated',
    'vlan_tunnel',
    'hairpin',
    'guard',
    'mcast_flood',
  ] as const
  const setPort = (): string => `bridge link set dev ${port()}`
  return one([
    () => `${setPort()} ${one(flag)} ${one(['on', 'off'])}`,
    () => `${setPort()} ${one(flag)} ${one(['on', 'off'])} ${one(flag)} ${one(['on', 'off'])}`,
    () => `${setPort()} cost ${1 + draw(100)} priority ${draw(64)}`,
    () => `${setPort()} state ${draw(5)}`,
    () => `${setPort()} backup_port ${port()}`,
    () => `${setPort()} nobackup_port`,
    () => `link set ${port()} master ${one(bridges)}`,
    () => `link set ${port()} master ${one(bridges)}`,
    () => `link set ${port()} nomaster`,
    () => `link set ${port()} ${one(['up', 'up', 'down'])}`,
    () => `link set ${one(bridges)} ${one(['up', 'up', 'down'])}`,
    () => `link set ${one(bridges)} type bridge stp_state ${one([0, 0, 1])}`,
    () => `link set ${port()} mtu ${1300 + draw(100)}`,
    () => (draw(4) === 0 ? `link del ${port()}` : `link add ${port()} type veth peer name ${port()}p`),
  ])()
}

/** Runs commands in a namespace, whether the kernel carries them out or not. */
function tryAll(netns: string, commands: readonly string[]): void {
  for (let first = 0, end = 0; first < commands.length; first = end) {
    const isBridge = commands[first]!.startsWith('bridge ')
    while (end < commands.length && commands[end]!.startsWith('bridge ') === isBridge) end++
    const input = commands.slice(first, end).map((command) => `${command.replace(/^bridge /, '')}\n`)
    spawnSync(isBridge ? 'bridge' : 'ip', ['-n', netns, '-force', '-batch', '-'], { input: input.join('') })
  }
}

/** What links are as ports, in the order of their indexes. */
function portsOf(links: Iterable<Link>): string[] {
  return [...links]
    .sort((left, right) => left.ifindex - right.ifindex)
    .map(({ ifindex, ifname, master, slaveKind, bridgePort }) => {
      const { mcastNGroups, ...port } = bridgePort ?? {}
      return JSON.stringify([ifindex, ifname, master, slaveKind, Object.entries(port).sort()])
    })
}

async function dumped({ notifier }: LinkTable): Promise<Link[]> {
  const links: Link[] = []
  const request = { message: linkMessage, type: LinkMessage.GET, entry: {}, operation: 'dump links' }
  for await (const batch of notifier.connection.dump(request)) links.push(...batch)
  return links
}

for (const seed of [1, 2]) {
  random(`seed ${seed}`, () =>
    inNetns(async () => {
      play('here', [
        ...names.map((name) => `link add ${name} type veth peer name ${name}p`),
        ...names.flatMap((name) => [`link set ${name} up`, `link set ${name}p up`]),
        ...bridges.map((name) => `link add ${name} type bridge forward_delay 200`),
      ])
      await using table = await LinkTable.open({ netns: 'here' })
      const fold = new Map<string, Link>()
      const following = (async () => {
        for await (const batch of table.changes()) {
          for (const change of batch.changes as Change<Link>[]) {
            if (change.kind === 'removed') fold.delete(change.key)
            else fold.set(change.key, change.entry)
          }
        }
      })()
      const draw = numbers(seed)
      let most = 0
      for (let round = 0; round < rounds; round++) {
        const commands = Array.from({ length: 10 }, () => operation(draw))
        tryAll('here', commands)
        // A port may change by a timer between the two.
        for (let tries = 0; ; tries++) {
          await table.waitForSync()
          const truth = portsOf(await dumped(table))
          const isTimer = JSON.stringify(portsOf(table)) !== JSON.stringify(truth) && tries < 5
          if (isTimer) continue
          assert.equal(portsOf(table), truth, commands.join('; '))
          break
        }
        most = Math.max(most, [...table].filter(({ bridgePort }) => bridgePort !== undefined).length)
      }
      assert.ok(most > 0, 'there is something to follow')
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.equal(portsOf(fold.values()), portsOf(table))
      table.close()
      await following
    }),
  )
}

random.run()
