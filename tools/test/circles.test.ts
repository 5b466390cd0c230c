import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import madge from 'madge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const circles = suite('circles of imports')

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

const fixture = 'tools/test/fixtures/circle'
const folders = ['packages', 'bench', 'examples', 'tools']

/** The circles among the sources in folders, but for those left out; imports of types count. */
async function circlesIn(paths: readonly string[], left: readonly RegExp[]): Promise<string[][]> {
  const found = await madge(
    paths.map((path) => join(root, path)),
    {
      baseDir: root,
      fileExtensions: ['ts', 'mjs'],
      tsConfig: join(root, 'tsconfig.base.json'),
      excludeRegExp: [/node_modules/, /dist\//, ...left],
    },
  )
  const files = Object.keys(found.obj())
  for (const path of paths)
    assert.ok(
      files.some((file) => file.startsWith(path)),
      `${path} has sources`,
    )
  return found.circular()
}

circles('there are none', async () => {
  assert.equal(await circlesIn(folders, [/^tools\/test\/fixtures\//]), [])
})

circles('one is found, of types too', async () => {
  assert.equal(await circlesIn([fixture], []), [[`${fixture}/a.ts`, `${fixture}/b.ts`]])
})

circles.run()
