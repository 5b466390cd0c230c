import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const circles = suite('circles of imports')

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

circles('the linter refuses one, of types too', () => {
  const { linter } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-circle-'))
  try {
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ root: true, linter }))
    for (const [own, other] of [
      ['A', 'B'],
      ['B', 'A'],
    ])
      writeFileSync(
        join(folder, `${own}.ts`),
        `import type { ${other} } from './${other}.ts'\n\nexport interface ${own} {\n  readonly other?: ${other}\n}\n`,
      )
    const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', folder], {
      encoding: 'utf8',
      cwd: folder,
    })
    assert.is(status, 1, stdout + stderr)
    assert.is([...(stdout + stderr).matchAll(/noImportCycles/g)].length, 2, stdout + stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

circles.run()
