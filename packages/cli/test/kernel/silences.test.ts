// runtimes: node
import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { content, linksAtRest, lists, patience, trustAddresses } from '@rtnl/compliance'
import { type LiveTable, openTable, type TableDefinition } from '@rtnl/live-table'
import type { TransportFactory, TransportHandler } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { tables } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemTransports } from '../../../netlink-core/src/connection/system-transports.ts'
import { definitions, guards, rulesOf, type Silence, silences } from '../support/silences.ts'

const tests = suite('each rule for what the kernel does in silence')

const netns = 'here'

function execute(line: string): { readonly status: number | null; readonly stderr: string } {
  const [first = '', ...others] = line.split(' ')
  const place = first === 'there' ? first : netns
  const [tool = '', ...words] = first === 'there' ? others : [first, ...others]
  if (tool === 'sh') return spawnSync('ip', ['netns', 'exec', place, 'sh', '-c', words.join(' ')], { encoding: 'utf8' })
  return spawnSync(tool, ['-n', place, ...words], { encoding: 'utf8' })
}

function play(lines: readonly string[]): void {
  for (const line of lines) {
    const { status, stderr } = execute(line)
    assert.is(status, 0, `${line}: ${stderr}`)
  }
}

async function inNetns(test: () => Promise<void>): Promise<void> {
  const names = [netns, 'there']
  for (const name of names) spawnSync('ip', ['netns', 'add', name])
  try {
    trustAddresses(netns)
    await test()
  } finally {
    for (const name of names) spawnSync('ip', ['netns', 'del', name])
  }
}

/** Sockets whose dumps wait until they are let go. */
class HeldDumps {
  readonly #waiting: (() => void)[] = []
  #held = true

  get size(): number {
    return this.#waiting.length
  }

  letGo(): void {
    this.#held = false
    for (const deliver of this.#waiting.splice(0)) deliver()
  }

  transports(): TransportFactory {
    const system = systemTransports({ netns })
    return {
      name: system.name,
      close: () => system.close(),
      open: (purpose) => {
        const transport = system.open(purpose)
        if (purpose !== 'dump') return transport
        const start = transport.start.bind(transport)
        transport.start = (handler) => start(this.#held ? this.#hold(handler) : handler)
        return transport
      },
    }
  }

  #hold(handler: TransportHandler): TransportHandler {
    const later = (deliver: () => void): void => {
      if (this.#held) this.#waiting.push(deliver)
      else deliver()
    }
    return {
      data: (bytes, nsid) => {
        const copy = bytes.slice()
        later(() => handler.data(copy, nsid))
      },
      overrun: (reason) => later(() => handler.overrun(reason)),
      empty: () => later(() => handler.empty?.()),
      failed: (error) => later(() => handler.failed(error)),
    }
  }
}

/** Opens the table, and has the event happen where the dump is read already, and the table does not have it yet. */
async function openMeanwhile(definition: TableDefinition<unknown>, event: string): Promise<LiveTable<unknown>> {
  const held = new HeldDumps()
  const notifier = await Notifier.open({ transports: held.transports() })
  const opening = openTable(definition, { notifier })
  // A dump of few links is one datagram, and the end of it another one.
  for (const limit = performance.now() + patience; held.size < 2; await delay(10)) {
    assert.ok(performance.now() < limit, 'waited for a dump')
  }
  play([event])
  await notifier.fence()
  held.letGo()
  const table = await opening
  table.closed.then(() => notifier.close())
  return table
}

async function shownBy(definition: TableDefinition<unknown>): Promise<unknown[]> {
  await using fresh = await openTable({ ...definition, triggers: [] }, { netns })
  return [content(definition, fresh), lists(fresh)]
}

/** Waits until the table with the rule, and not the one without it, is as the kernel shows it, in a kernel that stands still. */
async function compare(
  definition: TableDefinition<unknown>,
  table: LiveTable<unknown>,
  without: LiveTable<unknown>,
): Promise<void> {
  const of = (one: LiveTable<unknown>): unknown[] => [content(definition, one), lists(one)]
  for (const limit = performance.now() + patience / 4; ; await delay(50)) {
    const before = JSON.stringify(await shownBy(definition))
    for (const one of [table, without]) await one.waitForSync()
    const [held, unheard] = [of(table), of(without)]
    const after = await shownBy(definition)
    const isOver = performance.now() > limit
    if (before !== JSON.stringify(after) && !isOver) continue
    const isMet = JSON.stringify(held) === before && JSON.stringify(unheard) !== before
    if (!isMet && !isOver) continue
    assert.equal(held, after, 'with the rule')
    assert.not.equal(unheard, after, 'without it')
    return
  }
}

/** Whether the kernel has what a scenario needs. */
async function hasNeeds({ needs }: Silence): Promise<boolean> {
  if (needs === undefined) return true
  let has = false
  await inNetns(async () => {
    has = needs.make.every((line) => execute(line).status === 0) && execute(needs.probe).status === 0
  })
  return has
}

const rules = definitions.flatMap(rulesOf)

tests('every table that the command line shows is among those whose rules are looked at', () => {
  const names = definitions.map(({ name }) => name)
  assert.equal(
    tables.map(({ name }) => name).filter((name) => !names.includes(name)),
    [],
  )
})

tests('each rule has a scenario, and each scenario a rule', () => {
  assert.equal(rules.map(({ name }) => name).sort(), Object.keys({ ...silences, ...guards }).sort())
})

for (const { name, definition, without } of rules) {
  const silence = silences[name]
  if (silence === undefined) continue
  tests(name, async () => {
    if (!(await hasNeeds(silence))) {
      console.log(`${name}: this kernel refuses "${silence.needs?.probe}"`)
      return
    }
    await inNetns(async () => {
      play(silence.before)
      await linksAtRest(netns)
      if (silence.whileRead === true) {
        await using table = await openMeanwhile(definition, silence.event)
        play(['bridge link set dev v0 learning on'])
        await using deaf = await openMeanwhile(without, silence.event)
        await compare(definition, table, deaf)
        return
      }
      await using table = await openTable(definition, { netns })
      await using deaf = await openTable(without, { netns })
      play([silence.event])
      await compare(definition, table, deaf)
    })
  })
}

tests.run()
