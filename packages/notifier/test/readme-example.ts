import { readFileSync } from 'node:fs'
import type { suite } from 'uvu'
import * as assert from 'uvu/assert'

/**
 * Adds tests that the example of a README is a file of the package, and prints what the README says, in this process.
 * @param readme the suite
 * @param folder of the package
 * @param name of the file among the examples
 */
export function addReadmeTests(readme: ReturnType<typeof suite>, folder: URL, name: string): void {
  const text = readFileSync(new URL('README.md', folder), 'utf8')
  const file = new URL(`examples/${name}`, folder)

  readme('is the file that runs here', () => {
    assert.ok(text.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
  })

  readme('prints what it says in the README', async () => {
    const printed: string[] = []
    const { log } = console
    console.log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
    try {
      await import(file.href)
    } finally {
      console.log = log
    }
    assert.equal(printed, /```text\n([^`]+)```/.exec(text)?.[1]?.trimEnd().split('\n'))
  })
}
