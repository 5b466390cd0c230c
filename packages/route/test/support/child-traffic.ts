import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

// `echo`: sends back what arrives at a port, of both families.
// `send ADDRESS...`: sends numbered packets there in turn and counts those that do not come back, until its input ends.

const port = 9000
/** Packets that are under way to an address: more would overflow a buffer, and that would be no fault of the route. */
const window = 16
/** Milliseconds after which a packet that is under way is lost. In a namespace it takes less than one. */
const patience = 1000

async function bind(type: 'udp4' | 'udp6', at: number): Promise<Socket> {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' })
  socket.bind(at)
  await once(socket, 'listening')
  return socket
}

async function echo(): Promise<void> {
  for (const type of ['udp4', 'udp6'] as const) {
    const socket = await bind(type, port)
    socket.on('message', (message, { port: sender, address }) => socket.send(message, sender, address))
  }
  console.log('ready')
}

/** A socket that has had an answer from an address. */
async function reach(address: string): Promise<Socket> {
  const socket = await bind(address.includes(':') ? 'udp6' : 'udp4', 0)
  const answer = once(socket, 'message')
  socket.send('hello', port, address)
  await answer
  return socket
}

async function send(addresses: readonly string[]): Promise<void> {
  const sockets = await Promise.all(addresses.map(reach))
  let ended = false
  process.stdin.resume().once('end', () => {
    ended = true
  })
  const counts = { sent: 0, lost: 0, refused: 0 }
  console.log('ready')
  await Promise.all(
    sockets.map(async (socket, index) => {
      const flying = new Map<number, number>()
      let wake = (): void => {}
      socket.on('message', (message) => {
        flying.delete(message.readUInt32LE())
        wake()
      })
      for (let number = 0; !ended; number++) {
        const packet = Buffer.alloc(4)
        packet.writeUInt32LE(number)
        counts.sent++
        flying.set(number, performance.now())
        // Without a route the sender is told so.
        socket.send(packet, port, addresses[index], (error) => {
          if (error === null) return
          counts.refused++
          flying.delete(number)
        })
        await new Promise(setImmediate)
        while (flying.size >= window) {
          const arrival = new Promise<void>((resolve) => {
            wake = resolve
          })
          await Promise.race([arrival, delay(patience, undefined, { ref: false })])
          counts.lost += forget(flying, performance.now() - patience)
        }
      }
      await delay(patience)
      counts.lost += flying.size
      socket.close()
    }),
  )
  console.log(JSON.stringify(counts))
}

/** Forgets packets that were sent before a moment. @returns how many */
function forget(flying: Map<number, number>, before: number): number {
  const old = [...flying].filter(([, sent]) => sent < before)
  for (const [number] of old) flying.delete(number)
  return old.length
}

const [role, ...addresses] = process.argv.slice(2)
await (role === 'echo' ? echo() : send(addresses))
