import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runToEnd } from '../../notifier/test/programs.ts'

const life = suite('life of the process')

const run = (program: string) => runToEnd(new URL('./child-life.ts', import.meta.url), program)

for (const program of ['idle-listener', 'idle-retrying', 'idle-table', 'idle-shared-table']) {
  life(`a program that does not wait ends: ${program}`, async () => {
    const { code, output } = await run(program)
    assert.equal([code, output], [0, 'end\n'])
  })
}

for (const program of [
  'waiting-polled',
  'waiting-streamed',
  'waiting-retrying',
  'waiting-table',
  'waiting-shared-table',
]) {
  life(`a program that waits lives until it has heard, and ends then: ${program}`, async () => {
    const { code, output } = await run(program)
    assert.equal([code, output], [0, 'heard\nend\n'])
  })
}

life('a program that leaves the block of a table ends, whoever waits for the table', async () => {
  const { code, output } = await run('left-block')
  assert.equal([code, output.split('\n').sort()], [0, ['', 'closed', 'end', 'synced']])
})

life.run()
