import process from 'node:process'
import { reconcile } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { consecutive, ownership } from './owned.ts'

// Syncs so many routes by a gateway, and kills itself in the middle.
const [netns = '', count = '0', gateway = '', after = '0'] = process.argv.slice(2)
let begun = 0
const onOperation = (): void => {
  if (++begun === Number(after)) process.kill(process.pid, 'SIGKILL')
}
await reconcile(routeOwner(ownership), consecutive(Number(count), gateway), { netns, onOperation })
