import { type Link, LinkTable } from '@rtnl/link'

/** An interface, as the table of links shows it. */
export async function linkOf(netns: string, name: string): Promise<Link> {
  await using links = await LinkTable.open({ netns })
  for (const link of links) if (link.ifname === name) return link
  throw new Error(`there is no ${name}`)
}
