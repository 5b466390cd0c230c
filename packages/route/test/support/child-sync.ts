import { reconcile } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { consecutive, ownership } from './owned.ts'

// Syncs so many routes by a gateway, and may be killed at any moment.
const [netns = '', count = '0', gateway = ''] = process.argv.slice(2)
await reconcile(routeOwner(ownership), consecutive(Number(count), gateway), { netns })
