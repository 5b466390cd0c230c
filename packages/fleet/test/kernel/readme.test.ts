// wants: nats-server
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { addReadmeTests } from '../../../notifier/test/readme-example.ts'

const readme = suite('example of the README')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-fleet-'))
// The port of the README: the network namespace is this test's own.
const server = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-sd', folder], { stdio: 'ignore' })

readme.after(() => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

addReadmeTests(readme, new URL('../../', import.meta.url), 'publish-and-read.ts')

readme.run()
