// wants: nats-server
// runtimes: node
// timeout: 1500
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { content, Dice, Fold, runBatch, tries, trustAddresses } from '@rtnl/compliance'
import { Fleet } from '@rtnl/fleet'
import { Notifier } from '@rtnl/notifier'
import { openPart, partOf, type TableModule, tables } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../../fleet/test/support/eventually.ts'
import { TestServer } from '../../../fleet/test/support/nats-server.ts'
import { ip } from '../../../route/test/support/ip.ts'
import { start } from '../support/rtnl.ts'

const faults = suite('agents and a server that are killed at random')

const seconds = process.env.RTNL_TEST_DEEP === '1' ? 60 : 8
const names = ['link', 'address', 'nexthop', 'route', 'rule', 'neighbor', 'fdb']
const followed = tables.filter(({ name }) => names.includes(name))
const batchSize = 20
const [n1, n2, n3] = ['n1', 'n2', 'n3'].map((name) => `${name}-${process.pid}`) as [string, string, string]
const nodes = [n1, n2, n3]
const folder = mkdtempSync(join(tmpdir(), 'rtnl-fleet-faults-'))

/** What somebody does in a namespace. Much of it is refused, as it does not fit the moment. */
function operation(dice: Dice): string {
  const device = `v${dice.below(4)}`
  const host = `10.1.${dice.below(4)}.${1 + dice.below(20)}`
  const prefix = `20.0.${dice.below(30)}.0/24`
  const id = 1 + dice.below(10)
  return dice.pick(
    () => `ip link add v${dice.below(2) * 2} type veth peer name v${dice.below(2) * 2 + 1}`,
    () => `ip link set ${device} up`,
    () => `ip link set ${device} ${dice.pick('down', 'mtu 1400', 'mtu 1500', 'master br0', 'nomaster')}`,
    () => `ip link delete ${device}`,
    () => `ip link add br0 type bridge`,
    () => `ip address ${dice.pick('add', 'add', 'delete')} 10.1.${dice.below(4)}.${dice.below(3)}/24 dev ${device}`,
    () => `ip nexthop ${dice.pick('replace', 'replace', 'delete')} id ${id} via ${host} dev ${device}`,
    () => `ip nexthop replace id ${10 + id} group ${id}/${1 + dice.below(10)}`,
    () =>
      `ip route ${dice.pick('replace', 'append', 'delete')} ${prefix} via ${host} dev ${device} metric ${dice.below(3)}`,
    () => `ip route replace ${prefix} nhid ${dice.below(2) * 10 + id}`,
    () => `ip route delete ${prefix}`,
    () => `ip rule ${dice.pick('add', 'delete')} priority ${100 + id} from ${prefix} table ${id}`,
    () => `ip neighbour replace ${host} lladdr 02:00:00:00:00:0${dice.below(9)} dev ${device} nud permanent`,
    () => `bridge fdb replace 02:00:00:00:01:0${dice.below(9)} dev ${device} master static`,
  )()
}

/** What a table of a namespace holds, by a dump that is made for it. */
async function inKernel(module: TableModule<unknown>, netns: string): Promise<string[]> {
  await using notifier = await Notifier.open({ netns })
  const part = partOf(module, {})
  return content(part.definition, await openPart(part, { notifier }))
}

/** The same of some entries of the fleet. */
function inFleet(module: TableModule<unknown>, entries: Iterable<unknown>, netns: string): string[] {
  const own = [...entries]
    .map((entry) => entry as { node: string; netns: string })
    .filter((entry) => entry.netns === netns)
  return content(
    partOf(module, {}).definition,
    own.map(({ node: _node, netns: _netns, ...entry }) => entry),
  )
}

/** A reader of the fleet, and what it was told. */
class Witness {
  readonly fleet: Fleet
  readonly folds = new Map<string, Fold<unknown>>()

  constructor(fleet: Fleet) {
    this.fleet = fleet
    for (const name of names) {
      const fold = new Fold<unknown>()
      this.folds.set(name, fold)
      const follow = async (): Promise<void> => {
        for await (const batch of fleet.table(name).changes()) if (batch.event === 'change') fold.take(batch)
      }
      void follow()
    }
  }
}

faults.before.each(() => {
  for (const node of nodes) {
    ip(`netns add ${node}`)
    trustAddresses(node)
    ip(`-n ${node} link set lo up`)
  }
})

faults.after.each(() => {
  for (const node of nodes) ip(`netns delete ${node}`)
})

faults.after(() => rmSync(folder, { recursive: true }))

for (let seed = 1; seed <= tries(5); seed++)
  faults(`the fleet is what the kernels are, and folds are the fleet: seed ${seed}`, async () => {
    const dice = new Dice(seed)
    const server = await TestServer.start()
    const agents = new Map<string, ChildProcess>()
    const begin = (node: string): void => {
      const config = join(folder, `${node}.json`)
      const nats = { servers: server.url, fleet: 'f', node, maxBytes: 256 * 1024 * 1024 }
      const namespaces = { own: false, names: [node] }
      writeFileSync(
        config,
        JSON.stringify({ tables: names, namespaces, desired: false, state: false, listen: false, nats }),
      )
      agents.set(node, start(['agent', '--config', config]))
    }
    const kill = async (node: string): Promise<void> => {
      const agent = agents.get(node)
      agents.delete(node)
      if (agent === undefined || agent.exitCode !== null) return
      const ended = once(agent, 'exit')
      agent.kill('SIGKILL')
      await ended
    }
    const witnesses: Witness[] = []
    const counts = { operations: 0, agents: 0, servers: 0, wipes: 0 }
    try {
      for (const node of nodes) begin(node)
      await eventually(async () => {
        witnesses.push(new Witness(await Fleet.open({ servers: server.url, fleet: 'f' })))
      })
      const end = performance.now() + seconds * 1000
      while (performance.now() < end) {
        const lines = Array.from({ length: batchSize }, () => operation(dice))
        const node = dice.pick(...nodes)
        for (const tool of ['ip', 'bridge']) {
          const own = lines.filter((line) => line.startsWith(`${tool} `))
          if (own.length > 0) await runBatch(node, own)
        }
        counts.operations += batchSize
        await delay(dice.below(100))
        switch (dice.below(25)) {
          case 0: {
            const killed = dice.pick(...nodes)
            await kill(killed)
            await delay(dice.below(1000))
            begin(killed)
            counts.agents++
            break
          }
          case 1:
            await server.kill()
            if (dice.below(3) === 0) {
              server.wipe()
              counts.wipes++
            }
            await delay(dice.below(1000))
            await server.restart()
            counts.servers++
            break
          case 2:
            if (witnesses.length < 4)
              await Fleet.open({ servers: server.url, fleet: 'f' }).then(
                (fleet) => witnesses.push(new Witness(fleet)),
                () => {},
              )
            break
          default:
        }
      }
      let compared = 0
      for (const { fleet, folds } of witnesses) {
        for (const node of nodes) {
          await eventually(() => assert.is(fleet.nodes.get({ node })?.state, 'live'), 120)
          for (const module of followed) {
            await eventually(async () => {
              const expected = await inKernel(module, node)
              assert.equal(inFleet(module, fleet.table(module.name), node), expected)
              assert.equal(inFleet(module, folds.get(module.name)?.entries.values() ?? [], node), expected)
              compared += expected.length
            }, 120)
          }
        }
        for (const [name, { misfits }] of folds) assert.equal(misfits, [], name)
        const { subject, version, header, payload } = fleet.refused
        assert.equal([subject, version, header, payload], [0, 0, 0, 0])
      }
      assert.ok(counts.operations > 0 && compared > 0)
      const refused = witnesses.map(({ fleet }) => `${fleet.refused.gap} gaps, ${fleet.refused.foreign} foreign`)
      console.log(
        `seed ${seed}: ${counts.operations} operations, ${counts.agents} agents and ${counts.servers} servers killed, ${counts.wipes} wiped: ` +
          `${witnesses.length} readers, ${compared} entries equal; ${refused.join('; ')}`,
      )
    } finally {
      for (const { fleet } of witnesses) fleet.close()
      for (const node of nodes) await kill(node)
      await server[Symbol.asyncDispose]()
    }
  })

faults.run()
