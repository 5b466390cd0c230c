// The recipes of docs/evpn.md: the code is that of the examples, and prints what the document says.
// runtimes: node
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { inNetns, play } from '../support/netns.ts'

const recipes = suite('recipes')

const docs = readFileSync(new URL('../../../../docs/evpn.md', import.meta.url), 'utf8')
const readme = new URL('../../README.md', import.meta.url)

/** The first block of a kind in a chapter. */
function block(chapter: string, kind: string): string {
  const [, text = ''] = docs.split(`\n${chapter}\n`)[1]?.split(`\`\`\`${kind}\n`) ?? []
  const [content = ''] = text.split('```')
  assert.ok(content !== '', `${chapter} has no block ${kind}`)
  return content
}

const scene = ['ip link set lo up', ...block('## In a terminal', 'sh').trimEnd().split('\n')]

/** Indexes of interfaces are not the same everywhere. */
const named = (line: string): string => line.replace(/^(VNI 10, fdb) \d+/, '$1 3')

for (const [chapter, name, ...words] of [
  ['### Follow remote MACs', 'follow-hosts'],
  ['### Watch an Ethernet segment converge', 'watch-segment', '10', '10'],
  ['### Find rows that go nowhere', 'find-lost'],
] as const) {
  recipes(`${name} is in the document, and prints what that says`, () =>
    inNetns(scene, async (netns) => {
      const file = new URL(`../../examples/${name}.ts`, import.meta.url)
      assert.is(block(chapter, 'ts'), readFileSync(file, 'utf8'))
      const expected = block(chapter, 'text').trimEnd().split('\n')
      const seen: string[] = []
      /** Runs the commands that stand next. The kernel's answers to one are waited for before the next one. */
      const act = (): void => {
        for (let next = expected[seen.length]; next?.startsWith('$ ') === true; next = expected[seen.length]) {
          seen.push(next)
          play(netns, next.slice(2))
        }
      }
      await new ReadmeExample(readme, file).run([...words, netns], (line) => {
        seen.push(named(line.trimEnd()))
        assert.equal(seen, expected.slice(0, seen.length))
        act()
        return seen.length === expected.length
      })
      assert.equal(seen, expected)
    }),
  )
}

recipes.run()
