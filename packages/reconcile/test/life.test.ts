import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runToEnd } from '../../notifier/test/programs.ts'

const life = suite('life of the process')

const run = (program: string) => runToEnd(new URL('./child-life.ts', import.meta.url), program)

for (const [program, output] of [
  ['reconciled', 'end\n'],
  ['closed', 'failed 1\nend\n'],
  ['left-block', 'closed\nend\n'],
  ['removed', 'end\n'],
] as const) {
  life(`a program that keeps nothing any more ends: ${program}`, async () => {
    assert.equal(await run(program), { code: 0, output })
  })
}

for (const [program, output] of [
  ['kept', 'still here\nend\n'],
  ['healing', 'end\nhealed\n'],
] as const) {
  life(`a program that keeps something lives until that is closed: ${program}`, async () => {
    assert.equal(await run(program), { code: 0, output })
  })
}

life.run()
