/** Brings sockets into a state and ends the process: `child-process.ts STATE END`. */
import { setTimeout as delay } from 'node:timers/promises'
import { countResources } from './resources.ts'
import { enter, type State } from './states.ts'

const [state, end] = process.argv.slice(2)
const transports = await enter(state as State)
switch (end) {
  case 'exit':
    process.exit(0)
    break
  case 'unref':
    for (const transport of transports) transport.unref()
    break
  case 'close':
    for (const transport of transports) {
      transport.close()
      transport.close()
    }
    break
  case 'timer':
    // Does not keep the process alive itself: when it fires, the sockets did.
    setTimeout(() => {
      console.log('alive')
      for (const transport of transports) transport.unref()
    }, 200).unref()
    for (const transport of transports) {
      transport.unref()
      transport.ref()
    }
    break
  case 'collect':
    await collect()
    break
  default:
    throw new Error(`unknown end ${end}`)
}

/** Without `close`: what is forgotten while it runs goes on, until the process is told to end. */
async function collect(): Promise<void> {
  const expected = state === 'opened' || state === 'in namespace' || state === 'closing' ? 0 : transports.length
  transports.length = 0
  const end = performance.now() + 60_000 * Number(process.env.RTNL_TEST_SLOW ?? 1)
  const collectSome = async (): Promise<number> => {
    // What the stack still shows to a collector that guesses is written over.
    Array.from({ length: 1000 }, (_, index) => ({ index }))
    ;(globalThis as { gc?: () => void }).gc?.()
    await delay(2)
    return countResources().sockets
  }
  // What must not be collected has many an occasion.
  for (let round = 0; round < 15; round++) await collectSome()
  let sockets = await collectSome()
  while (sockets > expected && performance.now() < end) sockets = await collectSome()
  if (sockets !== expected) throw new Error(`${sockets} sockets are open after collection, not ${expected}`)
  process.exit(0)
}
