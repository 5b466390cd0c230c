/** What is possible in a user namespace: `child-unprivileged.ts NETNS`, a namespace that belongs to another one. */
import { openNetns } from '../../src/netns.ts'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { setNexthop } from './messages.ts'
import { Peer } from './peer.ts'

const listener = Peer.listening()
const changer = new Peer()
await changer.request(setNexthop(1, 1))
await listener.sync()

let refusal = ''
try {
  NativeTransport.open({ netns: openNetns(process.argv[2] ?? '') }).close()
} catch (error) {
  refusal = String(error instanceof Error ? error.message : error)
}
const { receiveBuffer } = listener.transport.stats()
console.log(JSON.stringify({ receiveBuffer, heard: listener.headers.length, refusal }))
listener.transport.close()
changer.transport.close()
