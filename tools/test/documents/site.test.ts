// timeout: 300
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const docs = join(root, 'docs')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-site-'))
const out = join(folder, 'site')
const site = suite('site of the documents')

/** Runs a program that is done before it pays to optimize so much of it as V8 would. */
const run = (program: string, ...words: string[]) =>
  promisify(execFile)(process.execPath, ['--interrupt-budget=400000', join(docs, 'node_modules', program), ...words], {
    cwd: docs,
    env: { ...process.env, NO_COLOR: '1' },
  })

site.after(() => rmSync(folder, { recursive: true }))

site('is built, and so is the reference, both without a warning', async () => {
  const [, reference] = await Promise.all([
    run('vitepress/bin/vitepress.js', 'build', '--outDir', out),
    // Types are checked with those of the whole workspace.
    run('typedoc/dist/cli.js', '--skipErrorChecking', '--out', join(folder, 'reference')),
  ])
  assert.not.match(reference.stdout + reference.stderr, 'warning')
  assert.ok(existsSync(join(folder, 'reference/index.html')))
})

site('has a page for each document, and all its links lead to a page, a file and an anchor of the site', () => {
  const pages = readdirSync(docs).filter((file) => file.endsWith('.md'))
  const html = new Map(
    pages.map((file) => [file.replace('.md', ''), readFileSync(join(out, file.replace('.md', '.html')), 'utf8')]),
  )
  const dead: string[] = []
  let checked = 0
  for (const [name, text] of html)
    for (const [, href = ''] of text.matchAll(/href="([/#][^"]*)"/g)) {
      if (href.startsWith('/reference/')) continue
      checked++
      const [path = '', anchor] = href.split('#')
      const target = path === '' ? name : path === '/' ? 'index' : path.slice(1)
      const there = html.get(target)
      const isThere = there !== undefined || existsSync(join(out, target))
      if (!isThere || (anchor && !there?.includes(`id="${decodeURIComponent(anchor)}"`))) dead.push(`${name}: ${href}`)
    }
  console.log(`${pages.length} pages, ${checked} links`)
  assert.equal(dead, [])
})

site('the figures of the first page are those of the measurements', () => {
  const measured = readFileSync(join(docs, 'performance.md'), 'utf8').split('\n').map(cellsOf)
  const rows = readFileSync(join(docs, 'index.md'), 'utf8').split('\n').map(cellsOf)
  const figures = rows.filter(({ length }) => length === 4).slice(2)
  assert.ok(figures.length > 5)
  for (const [name, entries, ratio, memory] of figures) {
    const row = measured.find((cells) => cells[0] === name && cells[1] === entries && cells[3] === ratio)
    assert.is(row?.[6], memory, `${name}, ${entries}: ${ratio}`)
  }
})

/** The cells of a line of a table. */
function cellsOf(line: string): string[] {
  const [, ...cells] = line.split('|').map((cell) => cell.trim())
  return cells.slice(0, -1)
}

site.run()
