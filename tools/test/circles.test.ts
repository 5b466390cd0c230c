import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import madge from 'madge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const circles = suite('circles of imports')

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The circles among the sources in a folder; imports of types count. What packages import of each other is layered: see `LAYERS`. */
async function circlesIn(folder: string): Promise<string[][]> {
  const found = await madge(join(root, folder), {
    fileExtensions: ['ts', 'mjs'],
    tsConfig: join(root, 'tsconfig.base.json'),
    excludeRegExp: [/node_modules/, /dist\//, /^test\/fixtures\//],
  })
  assert.ok(Object.keys(found.obj()).length > 0, `${folder} has sources`)
  return found.circular()
}

const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)

for (const folder of [...folders, 'bench', 'examples', 'tools'])
  circles(`${folder} has none`, async () => {
    assert.equal(await circlesIn(folder), [])
  })

circles('one is found, of types too', async () => {
  assert.equal(await circlesIn('tools/test/fixtures/circle'), [['a.ts', 'b.ts']])
})

circles.run()
