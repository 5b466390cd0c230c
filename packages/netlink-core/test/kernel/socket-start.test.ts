// runtimes: node deno bun
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runSelf } from '../native/run-self.ts'

const start = suite('socket start')

start('a socket that gets no thread does not keep the process alive', async () => {
  const outcome = await runSelf(new URL('../native/child-without-threads.ts', import.meta.url), [], { seconds: 30 })
  const output = 'start netlink socket: try again (EAGAIN)\n'
  assert.equal(outcome, { code: 0, signal: null, output, errors: '' })
})

start.run()
