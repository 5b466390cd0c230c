import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { SanitizedAddon, type SanitizedRun, type Sanitizer } from './sanitized.ts'

const here = (path: string): URL => new URL(path, import.meta.url)
const workers = here('./child-of-workers.ts')

const files: readonly (readonly [file: URL, words?: readonly string[]])[] = [
  [here('../kernel/io-threads.test.ts')],
  [here('../kernel/bulk.test.ts')],
  [workers, ['terminate', '1', 'open']],
]

/** The tests that make threads meet, with the addon instrumented by a sanitizer of the compiler. */
export function testSanitized(sanitized: Test, sanitizer: Sanitizer): void {
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
}
