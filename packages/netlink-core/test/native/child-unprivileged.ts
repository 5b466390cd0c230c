/** What is possible without any capability: `child-unprivileged.ts NETNS`. Ends once somebody changed a nexthop. */
import { setTimeout as delay } from 'node:timers/promises'
import { openNetns } from '../../src/netns.ts'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { Peer } from './peer.ts'

const listener = Peer.listening()
let refusal = ''
try {
  NativeTransport.open({ netns: openNetns(process.argv[2] ?? '') }).close()
} catch (error) {
  refusal = String(error instanceof Error ? error.message : error)
}
let allRefusal = ''
try {
  NativeTransport.open({ allNsid: true }).close()
} catch (error) {
  allRefusal = String(error instanceof Error ? error.message : error)
}
while (listener.headers.length === 0) await delay(10)
const { receiveBuffer } = listener.transport.stats()
console.log(JSON.stringify({ receiveBuffer, heard: listener.headers[0], refusal, allRefusal }))
listener.transport.close()
