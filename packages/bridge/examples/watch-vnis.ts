import { VniTable } from '@rtnl/bridge'
import { LinkTable } from '@rtnl/link'

const [name = '', netns] = process.argv.slice(2)

const links = await LinkTable.open({ netns })
const ifindex = links.ifindex(name)
if (ifindex === undefined) {
  console.error(name === '' ? 'usage: watch-vnis VXLAN [NETNS]' : `there is no interface ${name}`)
  process.exit(2)
}
const vnis = await VniTable.open({ netns, ifindex })

for await (const { event, changes, entries } of vnis.changes()) {
  if (event === 'synced') console.log(`${entries} VNIs of ${name}`)
  for (const { kind, entry } of changes) console.log(`${kind} ${entry.vni} ${entry.group ?? 'without a group'}`)
}
