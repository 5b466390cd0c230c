// A release is rehearsed as a whole: built, packed, published to a registry on this machine, installed from it, and run.
// timeout: 900
// runtimes: node
// shares: prebuilds
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageFolders } from '../../packing/pack.ts'
import { publishingOrder } from '../../release/order.ts'
import { commonVersion } from '../../release/readiness.ts'

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const release = (...words: string[]) =>
  spawnSync('node', ['--import', 'tsx', join(ROOT, 'tools/release/release.ts'), ...words], {
    cwd: ROOT,
    encoding: 'utf8',
  })

const releasing = suite('releasing')

releasing('no package is published before one that it needs', () => {
  const order = publishingOrder(ROOT)
  assert.equal([...order].sort(), [...packageFolders(ROOT).keys()].sort())
  const place = (name: string) => order.indexOf(`@rtnl/${name}`)
  assert.ok(place('netlink-core') < place('notifier'))
  assert.ok(place('link') < place('nexthop') && place('nexthop') < place('route') && place('route') < place('cli'))
})

releasing('a rehearsal ends with packages that are installed and run', () => {
  const out = mkdtempSync(join(tmpdir(), 'rtnl-release-test-'))
  try {
    const { status, stdout, stderr } = release('--dry-run', '--only', process.arch, '--out', out)
    assert.is(status, 0, `${stdout}${stderr}`)
    const version = commonVersion(ROOT)
    const names = [...packageFolders(ROOT).keys()]
    assert.match(stdout, `${names.length} packages published and installed`)
    assert.match(stdout, `rtnl --version: ${version}`)
    for (const name of names) assert.match(stdout, `\n${name} ${version}: `)
    assert.match(stdout, `prebuilds/linux-${process.arch}/netlink.node`)
    assert.match(stdout, `nothing was published: this was a rehearsal of ${version}`)
    assert.ok(readdirSync(out).includes(`rtnl-linux-${process.arch}`))
  } finally {
    rmSync(out, { recursive: true })
  }
})

releasing('a part of the architectures is no release, and others than ours are refused', () => {
  const part = release('--only', 'x64')
  assert.equal([part.status, part.stderr], [1, 'release: --only: a release is for all architectures; add --dry-run\n'])
  const other = release('--dry-run', '--only', 'riscv64')
  assert.equal([other.status, other.stderr], [1, 'release: --only: "riscv64" is neither x64 nor arm64\n'])
})

releasing.run()
