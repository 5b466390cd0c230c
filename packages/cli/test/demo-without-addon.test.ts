// runtimes: node
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rtnlProcess } from './support/rtnl.ts'

const demo = suite('demo without an addon')

demo('says so before anything of the scene', async () => {
  const { code, stdout, stderr } = await rtnlProcess(['demo'], { env: { NODE_OPTIONS: '--no-addons' } })
  assert.equal({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /^rtnl: the socket addon \S+ may not be loaded: [^\n]*--no-addons\n$/)
})

demo.run()
