import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Thing, thing, turns } from '../../notifier/test/things.ts'
import { byKey, Follower } from './follow.ts'
import { withNotifier } from './support/shared-table.ts'

const entries = suite('entries that one of several tables shows')

entries('are shown to each by its own choice', () =>
  withNotifier(async ({ table, notifier, open, openOf }) => {
    const at = (port: number, id: number): Thing => ({ ...thing(id), port })
    for (const entry of [at(1, 1), at(2, 2), at(1, 3)]) table.put(entry)
    const [all, ones, twos] = [await open(), await openOf(1), await openOf(2)]
    assert.is(notifier.sinks, 1)
    assert.equal([all.size, ones.size, twos.size], [3, 2, 1])
    const followers = [all, ones, twos].map((live) => new Follower(live))
    await turns()
    table.put(at(2, 1))
    table.delete('3')
    await all.waitForSync()
    await turns()
    assert.equal(followers[0]?.lines.slice(-1), ['notification changed 1, removed 3'])
    assert.equal(followers[1]?.lines.slice(-1), ['notification removed 1, removed 3'])
    assert.equal(followers[2]?.lines.slice(-1), ['notification added 1'])
    assert.equal(byKey(twos), byKey([at(2, 1), at(2, 2)]))
    assert.equal(byKey(await twos.snapshot()), byKey(twos))
    assert.is(ones.get({ id: 1 }), undefined)
    assert.equal(twos.get({ id: 1 }), at(2, 1))
    // Rows come and go after the end of one that was shown some: it shows none that it would not have.
    twos.close()
    table.delete('2')
    table.put(at(1, 4))
    table.put(at(2, 5))
    await all.waitForSync()
    assert.equal(byKey(twos), byKey([at(2, 1), at(2, 5)]))
    assert.equal(byKey(ones), byKey([at(1, 4)]))
    all.close()
    ones.close()
  }),
)

entries('tell a change once when an observer asks again what is shown because of it', () =>
  withNotifier(async ({ table, open, openOf }) => {
    const [all, ones] = [await open(), await openOf(1)]
    const follower = new Follower(ones)
    await turns()
    const work: Promise<void>[] = []
    all.observe(() => void work.push(ones.reselect()))
    table.put({ ...thing(1), port: 1 })
    table.put({ ...thing(1, 'other'), port: 2 })
    table.put({ ...thing(1, 'third'), port: 1 })
    table.put({ ...thing(1, 'fourth'), port: 1 })
    await all.waitForSync()
    await Promise.all(work)
    await turns()
    const told = ['added 1', 'removed 1', 'added 1', 'changed 1'].join(', ')
    assert.equal(follower.lines, ['synced (dump)', `notification ${told}`])
    assert.equal(follower.fold.sorted, byKey(ones))
    all.close()
    ones.close()
  }),
)

entries.run()
