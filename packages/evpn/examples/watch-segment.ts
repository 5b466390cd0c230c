import { Evpn } from '@rtnl/evpn'

const [vni, nhId, netns] = process.argv.slice(2)

await using evpn = await Evpn.open({ netns })

for await (const { cause, changes } of evpn.groups.changes()) {
  for (const { kind, entry } of changes) {
    if (entry.vni !== Number(vni) || entry.nhId !== Number(nhId)) continue
    const total = entry.paths.reduce((sum, { weight }) => sum + weight, 0)
    const shares = entry.paths.map(({ remote, weight }) => `${Math.round((100 * weight) / total)} % ${remote.ip}`)
    const failures = entry.failures.map(({ member, reason }) => `nexthop ${member} ${reason}`)
    console.log([`${kind} (${cause})`, entry.status, ...shares, ...failures].join(', '))
  }
}
