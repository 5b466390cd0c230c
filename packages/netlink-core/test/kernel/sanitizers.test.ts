// timeout: 900
// runtimes: node
//
// The tests that make threads meet, with the addon instrumented by the sanitizers of the compiler.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SanitizedAddon, type SanitizedRun, type Sanitizer } from '../native/sanitized.ts'

const here = (path: string): URL => new URL(path, import.meta.url)
const workers = here('../native/child-of-workers.ts')

const files: readonly (readonly [file: URL, words?: readonly string[]])[] = [
  [here('./io-threads.test.ts')],
  [here('./bulk.test.ts')],
  [workers, ['terminate', '1', 'open']],
]

for (const sanitizer of ['address,undefined', 'thread'] satisfies Sanitizer[]) {
  const sanitized = suite(`sanitizer: ${sanitizer}`)
  let addon: SanitizedAddon
  sanitized.before(() => {
    addon = new SanitizedAddon(sanitizer)
    assert.ok(addon.isInstrumented)
  })
  for (const [file, words = []] of files) {
    sanitized([/[^/]*$/.exec(file.pathname)?.[0], ...words].join(' '), () => {
      const { output, succeeded, reports }: SanitizedRun = addon.run(file, words)
      assert.equal(reports, [])
      assert.ok(succeeded, output)
    })
  }
  sanitized.run()
}
