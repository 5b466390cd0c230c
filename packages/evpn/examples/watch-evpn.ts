import { Evpn } from '@rtnl/evpn'

const [netns] = process.argv.slice(2)

const evpn = await Evpn.open({ netns })

for await (const { event, changes, entries } of evpn.fdb.changes()) {
  if (event === 'synced') console.log(`${entries} remote addresses in ${evpn.vnis.size} VNIs`)
  for (const { kind, entry } of changes) {
    const paths = entry.paths.map(({ remote, weight }) => `${remote.ip} (${weight})`)
    console.log(`${kind} ${entry.mac} in VNI ${entry.vni} by ${paths.join(' and ') || 'nothing'}`)
  }
}
