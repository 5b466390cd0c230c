import { readdirSync, readFileSync } from 'node:fs'
import { tables, writableTables } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rtnl } from './support/rtnl.ts'

const modules = suite('table modules')
const source = new URL('../src/', import.meta.url)

/** The text of a help, without the line breaks that its width makes. */
async function helpOf(command: string): Promise<string> {
  const { stdout } = await rtnl([command, '--help'])
  return stdout.replaceAll(/\s+/g, ' ')
}

modules('no source but that of a table, the demonstration and the way of a packet names a table', () => {
  const names = tables.map(({ name }) => `'${name}'`)
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.startsWith('demo/')) continue
    // Steps of a packet have names of their own, some of which are those of tables.
    if (file === 'commands/explain.ts') continue
    // Features of the kernel have names of their own, one of which is that of a table.
    if (file.startsWith('doctor/features/')) continue
    // Collections of EVPN have names of their own, one of which is that of a table.
    if (file === 'evpn/ages.ts') continue
    // EVPN is derived from tables of its own.
    if (file === 'fleet/fleet-evpn.ts') continue
    // Names of interfaces, and the devices of nexthops, come from tables of their own.
    if (file === 'fleet/fleet-names.ts') continue
    const text = readFileSync(new URL(file, source), 'utf8')
    assert.equal(
      names.filter((name) => text.includes(name)),
      [],
      file,
    )
  }
})

modules('the help of the commands has every table', async () => {
  const [show, watch, sync] = [await helpOf('show'), await helpOf('watch'), await helpOf('sync')]
  for (const { name, aliases, examples, ofDevice = '' } of tables) {
    for (const help of [show, watch]) assert.ok(help.includes([name, ...aliases].join(', ')), name)
    for (const help of [show, watch]) assert.ok(help.includes(ofDevice), ofDevice)
    for (const example of examples?.show ?? []) assert.ok(show.includes(example), example)
    for (const example of examples?.watch ?? []) assert.ok(watch.includes(example), example)
  }
  assert.ok(sync.includes(`which table: ${writableTables.map(({ name }) => name).join(', ')} `))
  for (const { examples, sync: written } of writableTables) {
    assert.ok(sync.includes(written.ownership), written.ownership)
    for (const example of examples?.sync ?? []) assert.ok(sync.includes(example), example)
  }
})

modules.run()
