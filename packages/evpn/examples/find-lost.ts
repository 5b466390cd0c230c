import { Evpn } from '@rtnl/evpn'

const [netns] = process.argv.slice(2)

await using evpn = await Evpn.open({ netns })

for (const { vni, table, row, reason, text } of evpn.unresolved) {
  console.log(`VNI ${vni ?? '?'}, ${table} ${row}: ${reason}: ${text}`)
}
for (const { vni, kind, text } of evpn.notices) console.log(`VNI ${vni}: ${kind}: ${text}`)
