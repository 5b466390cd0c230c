import process from 'node:process'
import { keep } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { consecutive, ownership } from './owned.ts'

// Maintains sets of routes that change all the time, and prints what it has sent and what its routes wait for.
const [netns = '', gateway = ''] = process.argv.slice(-2)
const controller = await keep(routeOwner(ownership), consecutive(50, gateway, 20), { netns })
for (let round = 1; ; round++) {
  await new Promise((resolve) => setTimeout(resolve, 200))
  await controller.assign(consecutive(50, gateway, 20 + (round % 2)))
  const causes = controller.waiting.map(({ cause }) => cause)
  console.log(JSON.stringify({ round, requests: controller.requests, causes }))
}
