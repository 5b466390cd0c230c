// What is packed, as tests: a release runs them on what it publishes, and its rehearsal is a test of its own.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { neededBy, packAll, packageFolders, press, tarballsIn } from '../packing/pack.ts'
import { readPromises } from '../packing/readme.ts'
import { manifestOf } from '../packing/tarball.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const home = 'https://github.com/rtnl/rtnl'
/** What an installation of routes may weigh, packed, with an addon of this size for each of two architectures. */
const limitBytes = 500_000
const addonBytes = 84_000

const folder = mkdtempSync(join(tmpdir(), 'rtnl-packed-'))
/** A release has its tarballs looked at, as they are published. */
const given = process.env.RTNL_TEST_TARBALLS
const packed = given === undefined ? await packAll(root, folder, { checked: false }) : tarballsIn(given)

const tarballs = suite('packed packages')

tarballs.after(() => rmSync(folder, { recursive: true }))

tarballs('all are packed', () => {
  assert.equal([...packed.keys()].sort(), [...packageFolders(root).keys()].sort())
})

tarballs('hold what is built, and of netlink-core what the addon is made of', () => {
  const others =
    /^(LICENSE|README\.md|package\.json|dist\/[\w-]+(\.d)?\.ts|dist\/[\w-]+\.js|dist\/rtnl\.1|dist\/[\w-]+\.notices\.txt|dist\/client\.css|grafana\/rtnl\.json|prometheus\/rtnl\.rules\.yml|systemd\/rtnl\.service|bin\/rtnl\.js)$/
  const addon = /^(native\/(Makefile|[\w-]+\.(cc|h)|portable\/.+|include\/.+)|prebuilds\/.+\/netlink\.node)$/
  for (const { name, contents } of packed.values())
    for (const file of contents.keys())
      assert.ok(others.test(file) || (name === '@rtnl/netlink-core' && addon.test(file)), `${name}: ${file}`)
})

tarballs('hold the licence', () => {
  for (const { name, contents } of packed.values()) assert.ok(contents.has('LICENSE'), name)
})

tarballs('hold the same bytes each time', async () => {
  const again = join(folder, 'again')
  const bytesOf = (file: string): Buffer => gunzipSync(readFileSync(file))
  for (const { name, file } of (await packAll(root, again, { checked: false })).values())
    assert.ok(bytesOf(file).equals(bytesOf(packed.get(name)!.file)), name)
})

tarballs('say in their manifest what users need, and nothing of this workspace', () => {
  for (const one of packed.values()) {
    const { scripts, devDependencies, dependencies = {} } = manifestOf(one.contents)
    assert.equal({ scripts, devDependencies }, { scripts: undefined, devDependencies: undefined }, one.name)
    for (const [name, range] of Object.entries(dependencies))
      assert.is(range, packed.get(name)?.version ?? range.replace(/^\D/, ''), `${one.name}: ${name}`)
  }
})

tarballs('are small: routes, with all that they need', async () => {
  const own = neededBy('@rtnl/route', packed)
  const sizes = given === undefined ? await Promise.all(own.map(press)) : own
  for (const { name, bytes } of sizes) console.log(`${name}: ${bytes} bytes`)
  const addons = [...packed.get('@rtnl/netlink-core')!.contents.keys()].filter((file) => file.endsWith('.node')).length
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0) + (2 - addons) * addonBytes
  console.log(`@rtnl/route with all that it needs: ${total} bytes`)
  assert.ok(total < limitBytes, `${total} bytes: ${sizes.map(({ name, bytes }) => `${name} ${bytes}`).join(', ')}`)
})

tarballs('publint finds nothing', async () => {
  for (const { name, file } of packed.values()) {
    const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(file)).buffer }, strict: true })
    assert.equal(messages, [], name)
  }
})

tarballs('types are found by Node and by bundlers, for ES modules', async () => {
  for (const { name, file } of packed.values()) {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(file))))
    assert.ok(analysis.types, `${name} has no types`)
    // For CommonJS there is nothing, as in the profile esm-only of attw.
    const problems = analysis.problems.filter(
      (problem) =>
        !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)) &&
        problem.kind !== 'CJSResolvesToESM',
    )
    assert.equal(problems, [], name)
  }
})

tarballs('links of their READMEs lead somewhere, also from a registry', () => {
  for (const one of packed.values())
    for (const [, target = ''] of one.contents
      .get('README.md')!
      .toString()
      .matchAll(/\]\(([^)\s]+)\)/g)) {
      assert.match(
        target,
        /^(https:|#)/,
        `${one.name}: ${target} leads nowhere there; write ${home}/blob/main/... or tree`,
      )
      const [, path] = /\/(?:blob|tree)\/main\/([^#]+)/.exec(target) ?? []
      if (target.startsWith(home)) assert.ok(path && existsSync(join(root, path)), `${one.name}: ${target}`)
    }
})

tarballs('their install lines name what the examples import', () => {
  for (const [name, source] of packageFolders(root)) {
    const { packages, example = '' } = readPromises(source)
    const imported = [...example.matchAll(/ from '(?!node:)((?:@rtnl\/)?[\w-]+)/g)].map(
      ([, specifier = '']) => specifier,
    )
    assert.equal([...new Set([name, ...imported])].sort(), [...packages].sort(), name)
  }
})

tarballs.run()
