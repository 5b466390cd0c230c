import { NeighborExchange } from '@rtnl/neighbor'
import { type ManyLearned, manyAddresses } from './many-addresses.ts'

// Learns what is behind a vxlan.
const [netns = ''] = process.argv.slice(2)

function areTooMany(): boolean {
  try {
    return ((...words: readonly string[]): boolean => words.length === 0)(...manyAddresses)
  } catch {
    return true
  }
}

await using running = await NeighborExchange.open({ netns })
const { fdb, vteps, error } = await running.run([{ vni: 42, vxlans: ['vx0'] }])
if (error !== undefined) throw error
const told: ManyLearned = {
  areTooMany: areTooMany(),
  lladdrs: fdb.map(({ lladdr = '' }) => lladdr),
  vteps,
}
console.log(JSON.stringify(told))
