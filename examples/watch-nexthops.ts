import { NexthopTable } from '@rtnl/nexthop'

const table = await NexthopTable.open({ netns: process.argv[2] })
console.log(`${table.size} nexthops`)

for await (const batch of table.changes()) {
  if (batch.event !== 'change') console.log(`${batch.event}: ${batch.entries} entries ${batch.reason ?? ''}`)
  for (const change of batch.changes) {
    const { id, gateway, group } = change.entry
    const target = group?.map((member) => `${member.id} weight ${member.weight}`).join(', ') ?? gateway ?? ''
    console.log(`${change.kind} nexthop ${id} (${batch.cause}): ${target}`)
  }
}
