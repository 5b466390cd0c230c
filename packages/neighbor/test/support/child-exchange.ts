import { areTooManyArguments } from '@rtnl/compliance'
import { NeighborExchange } from '@rtnl/neighbor'
import { type ManyLearned, manyAddresses } from './many-addresses.ts'

// Learns what is behind a vxlan.
const [netns = ''] = process.argv.slice(2)

await using running = await NeighborExchange.open({ netns })
const { fdb, vteps, error } = await running.run([{ vni: 42, vxlans: ['vx0'] }])
if (error !== undefined) throw error
const told: ManyLearned = {
  areTooMany: areTooManyArguments(manyAddresses),
  lladdrs: fdb.map(({ lladdr = '' }) => lladdr),
  vteps,
}
console.log(JSON.stringify(told))
