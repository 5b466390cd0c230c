import { closeSync, existsSync, openSync, readFileSync, readlinkSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rtnl, rtnlProcess } from '../support/rtnl.ts'

const commandLine = suite('command line')
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

commandLine('--version is that of package.json', async () => {
  assert.equal(await rtnl(['--version']), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' })
})

commandLine('the built executable says its version, or that it is not built', async () => {
  const { code, stdout, stderr } = await rtnlProcess(['--version'], { script: 'bin/rtnl.js' })
  if (existsSync(new URL('../../dist/index.js', import.meta.url))) {
    assert.equal({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: '' })
  } else {
    assert.is(code, 1)
    assert.match(stderr, /^rtnl: not built yet: .*\n$/)
  }
})

for (const words of [
  [],
  ['show'],
  ['watch'],
  ['demo'],
  ['explain'],
  ['evpn'],
  ['evpn', 'show'],
  ['evpn', 'watch'],
  ['completion'],
]) {
  commandLine(`rtnl ${[...words, '--help'].join(' ')}`, async () => {
    const { code, stdout, stderr } = await rtnl([...words, '--help'])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, `Usage: rtnl${words.map((word) => ` ${word}`).join('')}`)
    assert.match(stdout, /^Examples:$/m)
    assert.match(stdout, /^Exit codes: 0 .*1 failed.*2 bad usage/m)
  })
}

for (const words of [
  ['--help'],
  ['shwo'],
  ['show', 'rule'],
  ['explain', '127.0.0.1'],
  ['evpn', 'show', '--json'],
  ['watch', 'rule', '--for', '2s'],
]) {
  commandLine(`rtnl ${words.join(' ')} as a program prints what it prints within another, and ends`, async () => {
    const { code, signal, stdout, stderr } = await rtnlProcess(words)
    assert.ok((stdout + stderr).length > 0)
    assert.equal({ code, signal, stdout, stderr }, await rtnl(words))
  })
}

for (const words of [['--help'], ['watch', '--help'], ['--version']]) {
  commandLine(`rtnl ${words.join(' ')} to a disk that is full`, async () => {
    const full = openSync('/dev/full', 'w')
    try {
      const { code, stderr } = await rtnlProcess(words, { stdout: full })
      assert.is(code, 1)
      assert.match(stderr, /^rtnl: standard output: .*no space left on device.*\n$/i)
    } finally {
      closeSync(full)
    }
  })
}

const refusals: [args: string[], complaint: RegExp][] = [
  [['shwo'], /^rtnl: unknown command 'shwo' \(Did you mean show\?\); see rtnl --help\n$/],
  [['show'], /^rtnl: missing required argument 'table'; see rtnl --help\n$/],
  [['show', 'rout'], /^rtnl: there is no table 'rout'; the tables are: link, .*\n$/],
  [['watch', 'nexthop', 'rout'], /^rtnl: there is no table 'rout'; the tables are: link, .*\n$/],
  [['show', 'nexthop', 'nexthop'], /^rtnl: too many arguments for 'show'.*; see rtnl --help\n$/],
  [['watch', '--jsn'], /^rtnl: unknown option '--jsn' \(Did you mean --json\?\); see rtnl --help\n$/],
  [['show', 'nexthop', '--netns'], /^rtnl: option '--netns <name or path>' argument missing; see rtnl --help\n$/],
  [['show', 'nexthop', '--netns', '..'], /^rtnl: --netns: '\.\.' is neither a name nor a path; `ip netns` lists/],
  [['watch', '--netns='], /^rtnl: --netns: '' is neither a name nor a path; `ip netns` lists the names\n$/],
  [
    ['show', 'route', '--family', 'inet7'],
    /^rtnl: option '--family <family>' argument 'inet7' is invalid\. Allowed choices are inet, inet6, bridge, mpls\.; see/,
  ],
  [['show', 'fdb', '--family', 'inet'], /^rtnl: --family inet does not go with entries of fdb, which are of bridge\n$/],
  [
    ['show', 'neighbor', '--family', 'bridge'],
    /^rtnl: --family bridge does not go with entries of neighbor, which are of inet or inet6\n$/,
  ],
  [
    ['show', 'link', '--family', 'inet'],
    /^rtnl: --family inet does not go with entries of link, which have no family\n$/,
  ],
  [['show', 'rule', '--dev', 'lo'], /^rtnl: --dev does not go with entries of rule, which belong to no interface\n$/],
  [
    ['show', 'route', '--within', '10.0.0.0'],
    /^rtnl: --within: '10\.0\.0\.0' is not a prefix such as 10\.0\.0\.0\/8 or/,
  ],
  [['show', 'route', '--within', '10.0.0.0/33'], /^rtnl: --within: '10\.0\.0\.0\/33' is not a prefix such as/],
  [['show', 'route', '--to', '10.0.0.0/8'], /^rtnl: --to: '10\.0\.0\.0\/8' is not an IPv4 or IPv6 address\n$/],
  [['show', 'nexthop', '--id', '0'], /^rtnl: --id: '0' is not a number from 1 to 4294967295\n$/],
  [['show', 'fdb', '--mac', '2:0:0:0:0:1'], /^rtnl: --mac: '2:0:0:0:0:1' is not a hardware address such as 02:/],
  [['watch', '--state', 'gone'], /^rtnl: --state: 'gone' is no state; the states are: unknown, .*\n$/],
  [['show', 'rule', '--protocol', '256'], /^rtnl: --protocol: '256' is neither the name of a protocol .* 1 to 255\n$/],
  [
    ['show', 'route', '--within', '10.0.0.0/8', '--family', 'inet6'],
    /^rtnl: --within: 10\.0\.0\.0\/8 is not of the family inet6\n$/,
  ],
  [
    ['watch', '--within', '10.0.0.0/8', '--to', 'fd00::1'],
    /^rtnl: --within 10\.0\.0\.0\/8 and --to fd00::1 are of two families: no entry matches both\n$/,
  ],
  [
    ['watch', 'route', 'link', '--within', '10.0.0.0/8'],
    /^rtnl: --within does not go with entries of link, only with: address, mdb, neighbor, route\n$/,
  ],
  [
    ['show', 'link', '--state', 'stale'],
    /^rtnl: --state stale does not go with entries of link, which are unknown, .*, dormant or up\n$/,
  ],
  [
    ['watch', '--state', 'stale', '--id', '5', '--table', 'main'],
    /^rtnl: --table, --id and --state stale contradict each other: no table has such entries\n$/,
  ],
  [['watch', '--for', '10'], /^rtnl: --for: '10' is not a duration such as 500ms, 10s, 5m or 2h, of at most 596h\n$/],
  [['watch', '--for', '0s'], /^rtnl: --for: '0s' is not a duration/],
  [['watch', '--for', '600h'], /^rtnl: --for: '600h' is not a duration/],
  [['watch', '--count', '0'], /^rtnl: --count: '0' is not a number from 1 on\n$/],
  [
    ['watch', '--count', '1', '--cause', 'dump'],
    /^rtnl: --count counts what changes after the content at first, which/,
  ],
  [['watch', '--json', '--time', 'iso'], /^rtnl: --time is for text, and does not go with --json\n$/],
  [['watch', '--json', '--long'], /^rtnl: --json prints both rows of a change; leave --long out\n$/],
  [
    ['watch', '--kind', 'gone'],
    /^rtnl: option '--kind <kind>' argument 'gone' is invalid\. Allowed choices are added, /,
  ],
  [['show', 'route', '--kind', 'added'], /^rtnl: unknown option '--kind'/],
  [['show', 'link', '--table', '5'], /^rtnl: --table does not go with entries of link, only with: rule, route\n$/],
  [
    ['watch', 'neighbor', 'nexthop', '--table', 'main'],
    /^rtnl: --table does not go with entries of neighbor, only with: rule, route\n$/,
  ],
  [
    ['watch', '--family', 'bridge', '--table', 'main'],
    /^rtnl: --family bridge and --table contradict each other: no table has such entries\n$/,
  ],
  ...['', 'minor', '0', '1.5', '4294967296'].map((table): [string[], RegExp] => [
    ['show', 'route', `--table=${table}`],
    new RegExp(
      `^rtnl: --table: '${table}' is neither the name of a routing table .* nor a number from 1 to 4294967295\\n$`,
    ),
  ]),
]

for (const [args, complaint] of refusals) {
  commandLine(`bad usage: ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await rtnl(args)
    assert.equal({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, complaint)
  })
}

commandLine('a file that cannot be read is named in words', async () => {
  for (const [file, words] of [
    ['/nope', 'there is no file /nope'],
    ['/proc', '/proc is a folder'],
  ] as const) {
    const { code, stdout, stderr } = await rtnl(['sync', 'route', '--protocol', '84', '--file', file])
    assert.equal({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `rtnl: --file: ${words}\n` })
  }
})

commandLine('a complaint about a very long value is short, and says what is wrong', async () => {
  const { code, stderr } = await rtnl(['show', 'route', '--table', 'x'.repeat(100_000)])
  assert.is(code, 2)
  assert.match(
    stderr,
    /^rtnl: --table: 'xxx.*xxx' is neither the name of a routing table .* nor a number from 1 to 4294967295\n$/,
  )
  assert.ok(stderr.length < 1200)
})

commandLine('without a command the help is an error', async () => {
  const { code, stdout, stderr } = await rtnl([])
  assert.equal({ code, stdout }, { code: 2, stdout: '' })
  assert.match(stderr, /^Usage: rtnl/)
})

commandLine('demo says what is missing for a namespace of its own', async () => {
  const { code, stderr } = await rtnlProcess(['demo'], { env: { PATH: '/nonexistent' } })
  assert.is(code, 1)
  assert.match(
    stderr,
    /^rtnl: the demonstration needs a network namespace .*unshare is missing \(package util-linux\).*\n$/,
  )
})

commandLine('demo does not play in the namespace that it was started in', async () => {
  const { code, stdout, stderr } = await rtnl(['demo', '--outside', readlinkSync('/proc/self/ns/net')])
  assert.equal({ code, stdout }, { code: 1, stdout: '' })
  assert.is(stderr, 'rtnl: the process was not given a network namespace of its own\n')
})

commandLine.run()
