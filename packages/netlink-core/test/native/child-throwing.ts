/** A handler and a fence that throw, and what still comes after it. */
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { headersIn, setNexthop } from './messages.ts'
import { raise } from './peer.ts'

process.on('uncaughtException', (error) => console.log(`caught: ${error.message}`))

const transport = NativeTransport.open()
let heard = 0
transport.start({
  data(bytes) {
    heard += headersIn(bytes).length
    if (heard === 1) throw new Error('handler')
  },
  overrun() {},
  failed: raise,
})
transport.send(setNexthop(1, 1), raise)
transport.sync(() => {
  throw new Error('fence')
})
transport.send(setNexthop(2, 1), raise)
transport.send(setNexthop(3, 1), raise)
transport.sync(() => {
  // The microtask of the error before is over then.
  setTimeout(() => {
    console.log(`heard ${heard}`)
    transport.close()
  }, 20)
})
