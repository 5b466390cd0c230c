import { execFileSync } from 'node:child_process'
import { LinkTable } from '@rtnl/link'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const large = suite('a link that is larger than 32 KiB')

const ip = (command: string): string => execFileSync('ip', command.split(' '), { encoding: 'utf8' })

/** Some 130 bytes each in a message. */
const altnames = Array.from({ length: 400 }, (_, index) => `v0-${String(index).padStart(118, '0')}`)

interface Shown {
  readonly ifindex: number
  readonly ifname: string
  readonly altnames?: readonly string[]
}

/** Names by index, as `ip` shows them. */
function shown(): [number, readonly string[]][] {
  return (JSON.parse(ip('-j link')) as Shown[])
    .map((link): [number, readonly string[]] => [link.ifindex, [link.ifname, ...(link.altnames ?? [])]])
    .sort(([a], [b]) => a - b)
}

function known(table: LinkTable): [number, readonly string[]][] {
  return [...table]
    .map((link): [number, readonly string[]] => [link.ifindex, [link.ifname ?? '', ...(link.altnames ?? [])]])
    .sort(([a], [b]) => a - b)
}

large('is read with all others: 400 other names', async () => {
  ip('link add v0 type bridge')
  ip('link add v1 type bridge')
  await using before = await LinkTable.open()
  const lines = altnames.map((name) => `link property add dev v0 altname ${name}\n`)
  execFileSync('ip', ['-batch', '-'], { input: lines.join('') })
  ip('link add v2 type bridge')
  await before.resync()
  await using after = await LinkTable.open()
  const kernel = shown()
  assert.equal(kernel.map(([, [name]]) => name).slice(-3), ['v0', 'v1', 'v2'])
  assert.is(kernel.find(([, [name]]) => name === 'v0')?.[1].length, 401)
  for (const table of [before, after]) {
    assert.equal(known(table), kernel)
    assert.equal(table.incomplete, [])
    assert.is(table.ifindex(altnames[399] ?? ''), table.ifindex('v0'))
  }
})

large.run()
