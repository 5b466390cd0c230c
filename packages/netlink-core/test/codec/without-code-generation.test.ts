// runtimes: node
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encode, sampleMessage } from './sample.ts'

const denied = suite('where code generation is not allowed')

denied('the interpreter takes over, with the same bytes and values', () => {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const printed = execFileSync(
    process.execPath,
    [
      ...['--disallow-code-generation-from-strings', '--conditions=rtnl-source', '--import', loader],
      fileURLToPath(new URL('child-without-code-generation.ts', import.meta.url)),
    ],
    { encoding: 'utf8' },
  )
  const entry = { family: 2, kind: 0, ifindex: 0, flags: 0, id: 7, inner: { buckets: 3 } }
  const bytes = [...encode(sampleMessage('compiled'), entry)]
  assert.equal(JSON.parse(printed), { engines: ['interpreted', 'interpreted'], bytes, entry })
})

denied.run()
