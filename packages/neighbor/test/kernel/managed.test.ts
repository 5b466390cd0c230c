// timeout: 600
import { dumpNeighbors, type Neighbor, neighborOwner } from '@rtnl/neighbor'
import { Connection } from '@rtnl/netlink-core'
import { type Controller, type DesiredEntry, keep, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex, inNetns, ip, play, show, state, until } from '../support/netns.ts'

const tests = suite('managed neighbours')

interface Shown {
  readonly dst: string
  readonly managed?: null
  readonly state: readonly string[]
  readonly protocol?: string
}

/** Neighbours of v0 that `ip` shows as managed, with their protocols: `10.0.0.5 84`. */
function managed(netns: string): string[] {
  return show<Shown>('ip', netns, 'neigh show dev v0 nud all')
    .filter((shown) => shown.managed === null)
    .map(({ dst, protocol = '-' }) => `${dst} ${protocol}`)
    .sort()
}

function stateOf(netns: string, address: string): string | undefined {
  return show<Shown>('ip', netns, 'neigh show dev v0 nud all')
    .find(({ dst }) => dst === address)
    ?.state.join()
}

/** Moves the peer of v0 to a namespace of its own, where it answers for some addresses. */
async function answering(netns: string, addresses: readonly string[], run: () => Promise<void>): Promise<void> {
  const peer = `${netns}peer`
  ip(`netns add ${peer}`)
  try {
    await play(netns, [`link set p0 netns ${peer}`])
    await play(peer, ['link set p0 up', ...addresses.map((address) => `addr add ${address} dev p0`)])
    await play(netns, [state('v0', 'UP')])
    await run()
  } finally {
    ip(`netns del ${peer}`)
  }
}

const desired = [
  { dst: '10.0.0.5', flagsExt: 'managed' },
  { dst: 'fd00::5', flagsExt: 1 },
]
const whole = ['10.0.0.5 84', 'fd00::5 84']

tests('are put in once, left as they are, found or not, and removed; those of others stay', () =>
  inNetns((netns) =>
    answering(netns, ['10.0.0.5/24'], async () => {
      await play(netns, ['neigh add 10.0.0.9 dev v0 managed protocol 201', 'neigh add 10.0.0.8 dev v0 managed'])
      const rules = neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
      const others = managed(netns)
      assert.equal(others, ['10.0.0.8 -', '10.0.0.9 201'])
      const first = await reconcile(rules, desired, { netns })
      assert.equal([first.failed, first.conflicts, first.added], [[], [], 2])
      assert.equal(managed(netns), [...whole, ...others].sort())
      const isRight = async (): Promise<void> => {
        const again = await reconcile(rules, desired, { netns })
        assert.equal([again.changes, again.unchanged, again.complete], [0, 2, true])
      }
      await isRight()
      await until('one is found', () => stateOf(netns, '10.0.0.5') === 'REACHABLE')
      await until('one is not', () => stateOf(netns, 'fd00::5') === 'FAILED')
      await isRight()
      assert.is((await reconcile(rules, [], { netns })).removed, 2)
      assert.equal(managed(netns), others)
    }),
  ),
)

tests('take the place of other neighbours of ours, and give it back', () =>
  inNetns(async (netns) => {
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
    const lladdr = '02:00:00:00:aa:05'
    for (const kind of ['noarp', 'permanent', 'stale'] as const) {
      await reconcile(rules, [{ dst: '10.0.0.5', lladdr, state: kind }], { netns })
      assert.is(stateOf(netns, '10.0.0.5'), kind.toUpperCase())
      const { failed, replaced } = await reconcile(rules, [desired[0]!], { netns })
      assert.equal([failed, replaced], [[], 1])
      assert.equal(managed(netns), ['10.0.0.5 84'])
      assert.not.ok(['NOARP', 'PERMANENT'].includes(stateOf(netns, '10.0.0.5')!))
    }
    const back = await reconcile(rules, [{ dst: '10.0.0.5', lladdr, state: 'noarp' }], { netns })
    assert.equal([back.failed, back.replaced], [[], 1])
    assert.equal([managed(netns), stateOf(netns, '10.0.0.5')], [[], 'NOARP'])
  }),
)

async function kept(
  run: (netns: string, controller: Controller<Neighbor, DesiredEntry<Neighbor>>) => Promise<void>,
): Promise<void> {
  await inNetns(async (netns) => {
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
    await using controller = await keep(rules, desired, { netns })
    await run(netns, controller)
  })
}

tests('are put back by whatever hand they lose what makes them', () =>
  kept(async (netns, controller) => {
    assert.equal(managed(netns), whole)
    for (const step of [
      'neigh del 10.0.0.5 dev v0',
      'neigh del fd00::5 dev v0',
      'neigh replace 10.0.0.5 lladdr 02:00:00:00:66:66 dev v0 nud permanent',
      'neigh replace 10.0.0.5 lladdr 02:00:00:00:66:66 dev v0 nud noarp',
      'neigh replace 10.0.0.5 lladdr 02:00:00:00:66:66 dev v0 nud stale',
      'neigh replace fd00::5 dev v0 use',
      'neigh replace fd00::5 dev v0 managed extern_learn',
      'neigh flush dev v0',
    ]) {
      await play(netns, [step])
      await until(`they are as wanted after ${step}`, () => managed(netns).join() === whole.join())
    }
    await controller.idle()
    assert.equal(controller.failed, [])
    assert.is(controller.delete({ dst: 'fd00::5', flagsExt: 1 }), 1)
    await controller.idle()
    assert.equal(managed(netns), ['10.0.0.5 84'])
    assert.is((await controller.remove()).removed, 1)
    assert.equal(managed(netns), [])
  }),
)

tests('are there again after the link was down, or without a carrier', () =>
  kept(async (netns) => {
    for (const [name, told] of [
      ['v0', 'DOWN'],
      ['p0', 'LOWERLAYERDOWN'],
    ] as const) {
      await play(netns, [`link set ${name} down`, state('v0', told), `link set ${name} up`, state('v0', 'UP')])
      await until(`both are back after ${name} was down`, () => managed(netns).join() === whole.join())
    }
  }),
)

/** Runs `run` with a function that does at once what is done every half minute: it does not pass in the test. */
async function withHalfMinutes(run: (passes: () => void) => Promise<void>): Promise<void> {
  const { setInterval } = globalThis
  const callbacks: (() => void)[] = []
  globalThis.setInterval = ((callback: () => void, milliseconds: number) => {
    if (milliseconds === 30_000) callbacks.push(callback)
    return setInterval(callback, milliseconds)
  }) as typeof setInterval
  try {
    await run(() => {
      assert.is(callbacks.length, 1)
      callbacks[0]?.()
    })
  } finally {
    globalThis.setInterval = setInterval
  }
}

tests('that the kernel gave up in silence are put back: the table is read again every half minute', () =>
  withHalfMinutes((halfMinutePasses) =>
    kept(async (netns, controller) => {
      await until('it is not found', () => stateOf(netns, '10.0.0.5') === 'FAILED')
      await play(netns, ['neigh replace 10.0.0.5 dev v0 nud none'])
      await controller.table.waitForSync()
      await controller.idle()
      assert.equal(managed(netns), ['fd00::5 84'])
      halfMinutePasses()
      await until('both are back', () => managed(netns).join() === whole.join())
    }),
  ),
)

tests('cause no request while the kernel finds them and loses them', () =>
  inNetns((netns) =>
    answering(netns, ['10.0.0.5/24'], async () => {
      const rules = neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
      await using controller = await keep(rules, desired, { netns })
      const { requests } = controller
      await until('one is found', () => stateOf(netns, '10.0.0.5') === 'REACHABLE')
      await play(`${netns}peer`, ['addr del 10.0.0.5/24 dev p0'])
      await play(netns, ['neigh change 10.0.0.5 dev v0 managed', 'neigh replace 10.0.0.5 dev v0 managed'])
      await until('the other is not', () => stateOf(netns, 'fd00::5') === 'FAILED')
      await controller.idle()
      assert.is(controller.requests, requests)
    }),
  ),
)

tests('can be put back as they were read, additively', () =>
  inNetns((netns) =>
    answering(netns, ['10.0.0.5/24'], async () => {
      await play(netns, ['neigh add 10.0.0.5 dev v0 managed protocol 201', 'neigh add 10.0.0.6 dev v0 managed'])
      await until('one is found', () => stateOf(netns, '10.0.0.5') === 'REACHABLE')
      const before = managed(netns)
      const v0 = ifindex(netns, 'v0')
      await using connection = await Connection.open({ netns })
      const entries: Neighbor[] = []
      for await (const batch of dumpNeighbors(connection, { ifindex: v0 })) {
        entries.push(...batch.filter(({ flagsExt = 0 }) => flagsExt === 1))
      }
      assert.is(entries.length, 2)
      const rules = neighborOwner({ ifindex: v0, additive: true })
      assert.is((await reconcile(rules, entries, { netns, additive: true })).changes, 0)
      await play(netns, ['neigh flush dev v0'])
      assert.equal(managed(netns), [])
      assert.is((await reconcile(rules, entries, { netns, additive: true })).added, 2)
      assert.equal(managed(netns), before)
    }),
  ),
)

tests.run()
