import { LinkFlag, LinkTable } from '@rtnl/link'

const links = await LinkTable.open()

for (const { ifindex, ifname, kind, flags, master } of links) {
  const state = (flags & LinkFlag.LOWER_UP) !== 0 ? 'up' : 'down'
  const bridge = master === undefined ? '' : ` in ${links.ifname(master)}`
  console.log(`${ifindex} ${ifname} ${kind ?? 'device'} ${state}${bridge}`)
}
links.close()
