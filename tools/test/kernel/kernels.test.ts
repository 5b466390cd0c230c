// runtimes: node
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FEATURES, parseProbe, probeScript } from '../../kernels/features.mjs'

const kernels = suite('kernels')

function run(command: string, ...words: string[]) {
  return spawnSync(command, words, { encoding: 'utf8' })
}

kernels('wrong usage is named, with exit code 2', () => {
  for (const [words, message] of [
    [['5.11'], 'KERNEL: "5.11" is none of 5.10, 6.1, 6.12, sid\n'],
    [['--limit', '0'], '--limit: "0" is no number of seconds of 1 or more\n'],
  ] as const) {
    const { status, stderr } = run(process.execPath, 'tools/kernels.mjs', ...words)
    assert.equal([status, stderr], [2, message])
  }
  assert.match(run(process.execPath, 'tools/kernels.mjs', '--suite', 'colour').stderr, /^--suite: "colour" is none of /)
  assert.is(run(process.execPath, 'tools/kernels.mjs', '--help').status, 0)
})

kernels('the probe tells what the kernel did from what it refused', () => {
  const features = [
    { name: 'a route', script: 'ip route add 198.51.100.0/24 via 192.0.2.2' },
    { name: 'a route by a gateway of nobody', script: 'ip route add 198.51.100.0/24 via 203.0.113.1' },
    { name: 'what the tools cannot ask for', script: "echo 'a quoted word' | grep -q quoted && exit 3" },
  ]
  const { stdout } = run('sh', '-c', probeScript(features))
  assert.equal(
    [...parseProbe(features, stdout)],
    [
      ['a route', 'yes'],
      ['a route by a gateway of nobody', 'no'],
      ['what the tools cannot ask for', 'cannot be tried'],
    ],
  )
  assert.throws(() => parseProbe(FEATURES, stdout), /the probe says nothing of dummy/)
})

kernels('in the machine a program is not run without what it wants, and the report names that', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-kernels-'))
  const program = { command: [process.execPath, '-e', ''], isolated: false, timeout: 60 }
  const programs = [
    { ...program, path: 'wanting', wants: ['sh', '/usr/lib/no-such-command'] },
    { ...program, path: 'content', wants: ['sh'] },
  ]
  try {
    writeFileSync(join(folder, 'input'), JSON.stringify({ programs, env: {}, root: folder }))
    const { stdout } = run(process.execPath, 'tools/kernels/guest.mjs', join(folder, 'input'))
    const reports = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const of = (name: string) => reports.filter(({ path }) => path === name)
    assert.equal(of('wanting'), [{ path: 'wanting', lacks: ['/usr/lib/no-such-command'] }])
    assert.equal(
      of('content').map(({ began, end }) => [began, end]),
      [
        [true, undefined],
        [undefined, undefined],
      ],
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

kernels.run()
