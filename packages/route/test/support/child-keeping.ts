import process from 'node:process'
import { keep } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { consecutive, ownership } from './owned.ts'

// Keeps other routes under the same mark in the namespace of its argument, and prints what they wait for.
const netns = process.argv.at(-1) ?? ''
await using kept = await keep(routeOwner(ownership), consecutive(50, '10.0.0.8', 30), {
  netns,
  onWaiting: (causes) => console.log(causes.map(({ cause, count }) => `${count}: ${cause}`).join('; ')),
})
await kept.closed
