import { LinkTable } from '@rtnl/link'
import { fdbOwner } from '@rtnl/neighbor'
import { keep } from '@rtnl/reconcile'

const [name = '', netns] = process.argv.slice(2)

await using links = await LinkTable.open({ netns })
const ifindex = links.ifindex(name)
const link = ifindex === undefined ? undefined : links.get({ ifindex })
if (link === undefined) {
  console.error(name === '' ? 'usage: keep-fdb VXLAN [NETNS]' : `there is no interface ${name}`)
  process.exit(2)
}

await using entries = await keep(
  fdbOwner(link),
  [
    { lladdr: '00:00:00:00:00:00', dst: '10.0.0.2' },
    { lladdr: '02:00:00:00:aa:01', dst: '10.0.0.2' },
  ],
  { netns },
)
await entries.idle()
console.log(`${entries.size} entries of ${name} are kept`)

await entries.closed
