import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { inNetns, play } from '../support/netns.ts'

const example = suite('example of the README')

const watch = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/watch-neighbors.ts', import.meta.url),
)

example('is the file that runs here', () => {
  assert.ok(watch.isShown)
})

example('prints what it says in the README, after the commands in it', () =>
  inNetns(async (netns) => {
    const { printed, readme } = watch
    const [told = ''] = /With one neighbour[^:]+(?::[^:]+)*?prints:/.exec(readme) ?? []
    const steps = [...told.matchAll(/`ip ([^`]+)`/g)].map(([, step = '']) => step)
    assert.is(steps.length, 3)
    await play(netns, ['neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent'])
    let count = 0
    const lines = await watch.run(['v0', netns], async (line) => {
      if (line.includes('neighbours of')) await play(netns, steps)
      return ++count === printed.length
    })
    assert.equal([...lines.slice(0, 4), ...lines.slice(4).sort()], printed)
  }),
)

example.run()
