import { keep } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'

const [netns] = process.argv.slice(2)

// Routes of protocol 84 in table 100 are ours; those of others are not touched.
const routes = await keep(
  routeOwner({ table: 100, protocol: 84 }),
  [
    { dst: '192.0.2.0/24', gateway: '10.0.0.2' },
    { dst: '198.51.100.0/24', gateway: '10.0.0.2' },
  ],
  { netns, onCycle: ({ added, replaced, removed }) => console.log(`+${added} ~${replaced} -${removed}`) },
)
await routes.idle()

routes.set({ dst: '198.51.100.0/24', gateway: '10.0.1.2' })
await routes.idle()
console.log(`${routes.size} routes are kept`)

await routes.closed
