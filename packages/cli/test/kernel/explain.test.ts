import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rtnl } from '../support/rtnl.ts'

const explain = suite('explain on the command line')

const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })

explain.before(() => {
  for (const words of [
    'link set lo up',
    'link add v0 type veth peer name p0',
    'link set v0 up',
    'link set p0 up',
    'address add 10.0.0.1/24 dev v0',
    'route add 10.8.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via 10.0.0.3 dev v0',
    'route add prohibit 10.9.0.0/16',
    'neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
    'neigh replace 10.0.0.3 lladdr 02:00:00:00:00:03 dev v0',
  ]) {
    ip(words)
  }
})

explain('prints the entries of all steps in the words of ip, and what becomes of the packet', async () => {
  const { code, stdout, stderr } = await rtnl(['explain', '10.8.0.1'])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const { gateway } = JSON.parse(ip('-j route get 10.8.0.1'))[0]
  const lines = stdout.split('\n').map((line) => line.trim())
  assert.ok(lines.some((line) => line.startsWith('rule') && line.endsWith('from all lookup main')))
  const route = ip('route show 10.8.0.0/16').replaceAll(/\s+/g, ' ').trim()
  assert.ok(lines.includes(`route      ${route}`), stdout)
  const taken = lines.filter((line) => line.startsWith('> '))
  assert.equal(taken, [`> via ${gateway} dev v0 weight ${gateway === '10.0.0.2' ? '3 75 %' : '1 25 %'}`])
  const [neighbor = ''] = ip(`neigh show ${gateway} dev v0`).trim().split(' PERM')
  assert.ok(
    lines.some((line) => line.startsWith(`neighbor   ${gateway} dev v0 ${neighbor.slice(neighbor.indexOf('lladdr'))}`)),
    stdout,
  )
  assert.is(lines.at(-2), 'delivered: the frame leaves by v0')
})

explain('prints one JSON object, also of a packet that stops, which is no failure', async () => {
  const { code, stdout, stderr } = await rtnl(['explain', '10.9.0.1', '--from', '10.0.0.1', '--json'])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const { question, outcome, steps } = JSON.parse(stdout)
  assert.equal(question.dst, '10.9.0.1')
  assert.is(outcome, 'stops')
  assert.equal(
    steps.map(({ kind }: { kind: string }) => kind),
    ['source', 'rule', 'route'],
  )
  assert.is(steps[2].checked, 'same')
})

explain('names what is wrong with its arguments', async () => {
  for (const [words, complaint] of [
    [['explain', 'here'], "rtnl: ADDRESS: 'here' is not an IPv4 or IPv6 address\n"],
    [['explain', '10.0.0.2', '--from', '10.0.0.0/8'], "rtnl: --from: '10.0.0.0/8' is not an IPv4 or IPv6 address\n"],
    [['explain', '10.0.0.2', '--from', '::1'], 'rtnl: --from: ::1 is not of the family of 10.0.0.2\n'],
    [['explain'], "rtnl: missing required argument 'address'; see rtnl --help\n"],
  ] as const) {
    const { code, stdout, stderr } = await rtnl(words)
    assert.equal({ code, stdout, stderr }, { code: 2, stdout: '', stderr: complaint })
  }
})

if ('Deno' in globalThis) {
  explain('needs no permission of Deno but the one for the addon', () => {
    const permitted = ['run', '--no-prompt', '--allow-ffi', 'src/main.ts', 'explain', '10.9.0.1', '--json']
    const cwd = new URL('../..', import.meta.url)
    const stdout = execFileSync(process.execPath, permitted, { cwd, encoding: 'utf8' })
    assert.is(JSON.parse(stdout).outcome, 'stops')
  })
}

explain.run()
