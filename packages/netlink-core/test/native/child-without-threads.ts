/** No thread can be made when a socket of another purpose is started: the process says so, closes both, and ends by itself. */
import { execFileSync } from 'node:child_process'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { raise } from './peer.ts'

const handler = { data() {}, overrun() {}, failed: raise }
const started = NativeTransport.open()
started.start(handler)
execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1:1'])
// The limit is none for root. In a user namespace its root is an ordinary user anyway, and there is no other.
try {
  process.setuid?.(65534)
} catch {
  // Root of such a namespace is not allowed to.
}
const refused = NativeTransport.open({ purpose: 'dump' })
try {
  refused.start(handler)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
refused.close()
started.close()
