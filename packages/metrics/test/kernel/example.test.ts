import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'

const example = suite('example of the README')

const server = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/metrics-server.ts', import.meta.url),
)

example('is the file that runs here, prints what it says, and serves metrics and health', async () => {
  assert.ok(server.isShown)
  const answers: Record<string, { readonly status: number; readonly text: string }> = {}
  const lines = await server.run([], async (line) => {
    const url = /http:\S+/.exec(line)?.[0] ?? ''
    for (const path of ['/metrics', '/healthz', '/readyz', '/other']) {
      const response = await fetch(new URL(path, url))
      answers[path] = { status: response.status, text: await response.text() }
    }
    return true
  })
  assert.equal(lines, server.printed)
  // The loopback of a namespace with nothing else in it.
  assert.match(answers['/metrics']?.text ?? '', /^rtnl_table_rows\{table="link",netns="own netns"\} 1$/m)
  assert.equal(
    { ...answers, '/metrics': answers['/metrics']?.status },
    {
      '/metrics': 200,
      '/healthz': { status: 200, text: 'ok\n' },
      '/readyz': { status: 200, text: 'ok\n' },
      '/other': { status: 404, text: '/metrics, /healthz, /readyz\n' },
    },
  )
})

example.run()
