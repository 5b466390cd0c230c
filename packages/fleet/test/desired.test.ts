// wants: nats-server
import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'
import {
  apply,
  ChangedMeanwhileError,
  DesiredState,
  type FleetNode,
  NodeDesired,
  type ReportState,
  remove,
  resume,
} from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes, eventually } from './support/eventually.ts'
import { TestServer } from './support/nats-server.ts'

const desired = suite('desired state')
const fleet = 'lab.a-b'
let server: TestServer
let state: DesiredState

desired.before(async () => {
  server = await TestServer.start()
  state = await DesiredState.open({ servers: server.url, fleet, bucket: {} })
})
desired.after(async () => {
  await state[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** A node that keeps all that it is told at once, as far as it may. */
class TestNode {
  readonly name: string
  /** What it says of the texts that it keeps. */
  answer: ReportState = 'applied'
  /** Versions that it was told, in their order. */
  readonly seen: string[] = []
  readonly desired: NodeDesired

  constructor(name: string) {
    this.name = name
    this.desired = new NodeDesired({ servers: server.url, fleet, node: name, changed: () => this.tell() })
  }

  /** What is desired of it by a set: a text, `none` if nothing is any more, `unknown` if it never was. */
  textOf(set: string): string {
    const found = this.desired.sets.find(({ name }) => name === set)
    return found === undefined ? 'unknown' : (found.text ?? 'none')
  }

  tell(): void {
    this.desired.report(
      this.desired.sets.map(({ name: set, version, isHeldBack, text }) => {
        if (!isHeldBack && !this.seen.includes(version)) this.seen.push(version)
        const own = { set, version, isHeldBack, state: text === undefined ? ('removed' as const) : this.answer }
        return { ...own, desired: 1, causes: [], conflicts: 0, drift: { found: 0, healed: 0 } }
      }),
    )
  }
}

const lease = (node: string, is: FleetNode['state'] = 'live'): FleetNode => ({
  ...{ node, state: is, epoch: '', about: {}, tables: [], age: 0 },
})

const outcomes = (nodes: readonly { readonly node: string; readonly outcome: string }[]): string[] =>
  nodes.map(({ node, outcome }) => `${node} ${outcome}`)

async function withNodes(names: readonly string[], use: (nodes: TestNode[]) => Promise<void>): Promise<void> {
  const nodes = names.map((name) => new TestNode(name))
  try {
    await use(nodes)
  } finally {
    for (const { desired: each } of nodes) await each[Symbol.asyncDispose]()
  }
}

desired('nodes that fit are told, and one that comes later; one that does not is told nothing', async () => {
  await withNodes(['leaf1', 'leaf.2', 'spine1'], async ([leaf1, leaf2, spine1]) => {
    const nodes = ['leaf1', 'leaf.2', 'leaf3', 'spine1'].map((node) => lease(node, node === 'leaf3' ? 'gone' : 'live'))
    const result = await apply(state, nodes, { name: 'one', nodes: ['leaf*'], text: 'a' })
    assert.equal(outcomes(result.nodes), ['leaf.2 done', 'leaf1 done', 'leaf3 away'])
    assert.equal(
      [leaf1, leaf2, spine1].map((node) => node?.textOf('one')),
      ['a', 'a', 'none'],
    )
    await withNodes(['leaf3'], async ([leaf3]) => {
      await becomes(() => leaf3?.textOf('one'), 'a')
      // What it has not reported, nobody knows.
      await eventually(async () => assert.ok((await state.reports('one')).some(({ node }) => node === 'leaf3')))
    })
    // What a set wants no more of a node it removes.
    const fewer = await apply(state, nodes, { name: 'one', nodes: ['leaf1'], text: 'b' })
    assert.equal(outcomes(fewer.nodes), ['leaf.2 done', 'leaf1 done', 'leaf3 away'])
    assert.equal(
      [leaf1, leaf2, spine1].map((node) => node?.textOf('one')),
      ['b', 'none', 'none'],
    )
  })
  await state.forget('one')
})

desired(
  'a rollout has so many nodes unavailable at most, stops where one fails, and goes on when it is resumed',
  async () => {
    const names = ['n1', 'n2', 'n3', 'n4', 'n5']
    await withNodes(names, async (nodes) => {
      const leases = names.map((name) => lease(name))
      await apply(state, leases, { name: 'paced', nodes: ['n*'], text: 'first' })
      const allowed: number[] = []
      const watching = new AbortController()
      const watch = (async () => {
        while (!watching.signal.aborted) {
          const set = (await state.sets()).find((each) => each.name === 'paced')
          const [{ version, allowed: now }] = set!.versions
          const done = (await state.reports('paced')).filter((each) => each.version === version && !each.isHeldBack)
          // Read after the allowed ones: it can be more only.
          if (now !== '*') allowed.push(now.length - done.filter((each) => now.includes(each.node)).length)
        }
      })()
      nodes[3]!.answer = 'failing'
      const stopped = await apply(
        state,
        leases,
        { name: 'paced', nodes: ['n*'], text: 'second' },
        { maxUnavailable: 2 },
      )
      watching.abort()
      await watch
      assert.ok(allowed.length > 0 && Math.max(...allowed) <= 2, `${allowed}`)
      assert.is(stopped.set?.versions[0].stopped, 'n4 failed')
      const reached = stopped.nodes.filter(({ outcome }) => outcome === 'done').map(({ node }) => node)
      assert.equal(reached.slice(0, 3), ['n1', 'n2', 'n3'])
      // Those to which it has not come keep what they have.
      for (const node of nodes) {
        const isReached = stopped.set?.versions[0].allowed.includes(node.name)
        assert.is(node.textOf('paced'), isReached ? 'second' : 'first')
      }
      nodes[3]!.answer = 'applied'
      const resumed = await resume(state, leases, 'paced', { maxUnavailable: 2 })
      assert.equal(
        outcomes(resumed.nodes),
        names.map((name) => `${name} done`),
      )
      assert.equal([resumed.set?.versions.length, resumed.set?.versions[0].allowed], [1, '*'])
      for (const node of nodes) assert.is(node.textOf('paced'), 'second')
    })
    await state.forget('paced')
  },
)

desired('sets and reports are read while they are changed', async () => {
  let reading = true
  let longest = 0
  const read = (async () => {
    while (reading) {
      const start = performance.now()
      await state.sets()
      await state.reports()
      longest = Math.max(longest, performance.now() - start)
    }
  })()
  await withNodes(['n1', 'n2'], async (nodes) => {
    for (let round = 0; round < 60; round++)
      await Promise.all(
        ['a', 'b', 'c'].map((name) =>
          state.change(name, () => ({
            name,
            versions: [{ version: `${round}`, nodes: ['*'], text: `${round}`, allowed: '*' }],
          })),
        ),
      )
    for (const node of nodes) await becomes(() => node.textOf('c'), '59')
  })
  reading = false
  await read
  // A reading that missed something waited for half a minute.
  assert.ok(longest < 20_000, `${longest} ms`)
  for (const name of ['a', 'b', 'c']) await state.forget(name)
})

desired('a node that does not get ready in time has failed', async () => {
  await withNodes(['n1'], async ([node]) => {
    node!.answer = 'waiting'
    const result = await apply(state, [lease('n1')], { name: 'slow', nodes: ['*'], text: 'a' }, { patience: 300 })
    assert.equal(outcomes(result.nodes), ['n1 failed'])
  })
  await state.forget('slow')
})

desired('what is removed is gone everywhere before it is forgotten', async () => {
  await withNodes(['n1'], async ([n1]) => {
    await withNodes(['n2'], async () => {
      await apply(state, [lease('n1'), lease('n2')], { name: 'gone', nodes: ['*'], text: 'a' })
    })
    const left = await remove(state, [lease('n1'), lease('n2', 'gone')], 'gone')
    assert.equal(outcomes(left.nodes), ['n1 done', 'n2 away'])
    assert.equal([left.set?.versions[0].text, n1?.textOf('gone')], [undefined, 'none'])
    await withNodes(['n2'], async ([n2]) => {
      await becomes(() => n2?.textOf('gone'), 'none')
      assert.is((await remove(state, [lease('n1'), lease('n2')], 'gone')).set, undefined)
    })
  })
  assert.equal([await state.sets(), await state.reports()], [[], []])
  let message = ''
  await remove(state, [], 'gone').catch((error: Error) => {
    message = error.message
  })
  assert.is(message, 'gone: there is no such set')
})

desired('two who change a set at the same time are told', async () => {
  const change = (text: string) =>
    state.change('both', () => ({ name: 'both', versions: [{ version: '1.a', nodes: ['*'], text, allowed: '*' }] }))
  const results = await Promise.allSettled([change('a'), change('b')])
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  assert.is(errors.length, 1)
  assert.instance(errors[0], ChangedMeanwhileError)
  await state.forget('both')
})

desired('what is no set is not believed, what is too large is refused, and names are checked', async () => {
  await withNodes(['n1'], async ([node]) => {
    await apply(state, [lease('n1')], { name: 'good', nodes: ['*'], text: 'a' })
    const connection = await connect({ servers: server.url })
    const bucket = await new Kvm(connection).open('RTNL_lab-da--b_desired')
    await bucket.put('set.good', 'nothing')
    await eventually(() => assert.match(node?.desired.problem ?? '', /^good: /))
    assert.is(node?.textOf('good'), 'a')
    await connection.close()
  })
  const noise = Array.from({ length: 2_000_000 }, () => Math.random().toString(36)[2] ?? '').join('')
  for (const [name, text, message] of [
    ['large', noise, /^large: has \d+ bytes when it is compressed, and the server takes \d+$/],
    ['a b', '', /^set: "a b" is not 1 to 64 letters/],
  ] as const) {
    let told = ''
    await apply(state, [], { name, nodes: ['*'], text }).catch((error: Error) => {
      told = error.message
    })
    assert.match(told, message)
  }
  await state.forget('good')
})

/** What a node may publish to, so that it follows what is desired of it, and reports; as the document says. */
function rightsOf(node: string): string[] {
  const stream = 'KV_RTNL_f_desired'
  return [
    `$KV.RTNL_f_desired.status.${node}.>`,
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.$KV.RTNL_f_desired.status.${node}.>`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    '$JS.FC.>',
  ]
}

desired('a node reports of itself alone, and desires nothing', async () => {
  const user = (name: string) =>
    `{ user: ${name}, password: ${name}, permissions: { publish: ${JSON.stringify(rightsOf(name))}, subscribe: ["_INBOX.>"] } }`
  await using guarded = await TestServer.start(
    `authorization { users: [{ user: admin, password: admin }, ${user('n1')}, ${user('n2')}] }`,
  )
  const as = (name: string) => ({ servers: guarded.url, nats: { user: name, pass: name } })
  await using admin = await DesiredState.open({ ...as('admin'), fleet: 'f', bucket: {} })
  // The second one finds what the first one has reported.
  for (const text of ['a', 'b']) {
    await using node: NodeDesired = new NodeDesired({
      ...{ ...as('n1'), fleet: 'f', node: 'n1' },
      changed: () =>
        node.report(
          node.sets.map(({ name: set, version, isHeldBack }) => ({
            ...{ set, version, isHeldBack, state: 'applied' as const, desired: 1, causes: [], conflicts: 0 },
            drift: { found: 0, healed: 0 },
          })),
        ),
    })
    const result = await apply(admin, [lease('n1')], { name: 'ours', nodes: ['n*'], text }, { patience: 20_000 })
    assert.equal([outcomes(result.nodes), node.problem], [['n1 done'], undefined])
  }
  const connection = await connect({ servers: guarded.url, user: 'n2', pass: 'n2' })
  for (const subject of ['set.ours', 'status.n1.ours']) {
    let told = ''
    await connection.request(`$KV.RTNL_f_desired.${subject}`, 'x', { timeout: 1000 }).catch((error: Error) => {
      told = error.message
    })
    assert.match(told, /[Pp]ermissions [Vv]iolation/, subject)
  }
  await connection.close()
})

// The last one: the server has lost everything then.
desired(
  'a server that is away, or has lost all, removes nothing; when it is back what is desired is followed',
  async () => {
    await withNodes(['n1'], async ([node]) => {
      await apply(state, [lease('n1')], { name: 'kept', nodes: ['*'], text: 'a' })
      await server.kill()
      await eventually(() => assert.ok(node?.desired.problem))
      assert.is(node?.textOf('kept'), 'a')
      server.wipe()
      await server.restart()
      await becomes(() => node?.desired.problem, undefined)
      assert.is(node?.textOf('kept'), 'a')
      await using again = await DesiredState.open({ servers: server.url, fleet, bucket: {} })
      const result = await apply(again, [lease('n1')], { name: 'kept', nodes: ['*'], text: 'b' })
      assert.equal([outcomes(result.nodes), node?.textOf('kept')], [['n1 done'], 'b'])
    })
  },
)

desired.run()
