import { neighborOwner, proxyOwner } from '@rtnl/neighbor'
import { keep, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex, inNetns, play, show } from '../support/netns.ts'

const proxies = suite('proxy entries')

interface Shown {
  readonly dst: string
  readonly dev?: string
  readonly protocol?: string
  readonly router?: null
}

/** Proxy entries of an interface, as `ip` shows them. */
function shown(netns: string): string[] {
  return (
    show<Shown>('ip', netns, 'neigh show proxy')
      // The scene has one that is meant for all interfaces.
      .filter(({ dev }) => dev !== undefined)
      .map(({ dst, dev, protocol, router }) => `${dst} ${dev} ${protocol ?? '-'}${router === null ? ' router' : ''}`)
      .sort()
  )
}

const desired = [
  { dst: '10.0.0.77' },
  { dst: 'FD00::7', flags: ['proxy', 'router'] },
  { dst: '10.0.0.78', flags: 8, ifindex: 'v0' },
]
const whole = ['10.0.0.77 v0 84', '10.0.0.78 v0 84', 'fd00::7 v0 84 router']

proxies('are put in, left as they are, and removed; those of others and neighbours stay', () =>
  inNetns(async (netns) => {
    const foreign = ['10.0.0.99 v0 99', '10.0.0.99 v1 84']
    await play(netns, [
      'neigh add proxy 10.0.0.99 dev v0 protocol 99',
      'neigh add proxy 10.0.0.99 dev v1 protocol 84',
      'neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev v0 nud permanent',
    ])
    const others = shown(netns)
    assert.is(others.length, foreign.length)
    const rules = proxyOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
    const first = await reconcile(rules, desired, { netns })
    assert.equal([first.failed, first.added], [[], 3])
    assert.equal(shown(netns), [...whole, ...others].sort())
    const second = await reconcile(rules, desired, { netns })
    assert.equal([second.changes, second.unchanged], [0, 3])
    assert.is((await reconcile(rules, [{ dst: 'fd00::7' }], { netns })).replaced, 1)
    assert.is((await reconcile(rules, [], { netns })).removed, 1)
    assert.equal(shown(netns), others)
    assert.is(show('ip', netns, 'neigh show nud permanent').length, 1)
  }),
)

proxies('are put back when the table is read again', () =>
  inNetns(async (netns) => {
    const rules = proxyOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
    await using kept = await keep(rules, desired, { netns })
    assert.equal(shown(netns), whole)
    await play(netns, ['neigh del proxy 10.0.0.77 dev v0', 'neigh replace proxy fd00::7 dev v0 protocol 84'])
    await kept.table.resync()
    await kept.idle()
    assert.equal(shown(netns), whole)
    assert.is((await kept.remove()).removed, 3)
    assert.equal(shown(netns), [])
  }),
)

proxies('cannot have what neighbours have', () =>
  inNetns(async (netns) => {
    const rules = proxyOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
    // Beyond the types.
    assert.throws(() => proxyOwner(3 as never), 'ifindex: is missing')
    assert.throws(() => neighborOwner({ protocol: 84 } as never), 'ifindex: is missing')
    for (const [entry, message] of [
      [{ dst: '10.0.0.77', lladdr: '02:00:00:00:00:01' }, '[0].lladdr: proxy entries have none'],
      [{ dst: '10.0.0.77', flags: 0 }, '[0].flags: 0 has not proxy (8)'],
      [{ dst: '10.0.0.77', protocol: 99 }, '[0].protocol: 99 is not 84, which marks ours'],
      [{ flags: 8 }, '[0].dst: is missing'],
    ] as const) {
      await reconcile(rules, [entry], { netns }).then(
        () => assert.unreachable(message),
        (error: Error) => assert.is(error.message, message),
      )
    }
  }),
)

proxies.run()
