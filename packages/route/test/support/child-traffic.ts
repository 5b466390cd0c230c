import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

// `echo`: sends back what arrives at a port, of both families.
// `send ADDRESS...`: sends numbered packets there in turn and counts those that do not come back, until its input ends.
// Prints the counts so far for each line of the input, and those of all at the end.

const port = 9000
/** Packets that are under way to an address: more would overflow a buffer, and that would be no fault of the route. */
const window = 16
/** Milliseconds after which a packet that is under way is lost. In a namespace it takes less than one, if all can run. */
const patience = 10_000

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
  const counts = { sent: 0, lost: 0, refused: 0 }
  createInterface(process.stdin)
    .on('line', () => console.log(JSON.stringify(counts)))
    .once('close', () => {
      ended = true
    })
  console.log('ready')
  await Promise.all(
    sockets.map(async (socket, index) => {
      const flying = new Map<number, number>()
      let wake = (): void => {}
      const fewerThan = async (count: number): Promise<void> => {
        while (flying.size >= count) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, patience)
            wake = () => {
              clearTimeout(timer)
              resolve()
            }
          })
          // Where this process could not run for long, answers are there that it has not read.
          for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate)
          counts.lost += forget(flying, performance.now() - patience)
        }
      }
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
          wake()
        })
        await new Promise(setImmediate)
        await fewerThan(window)
      }
      await fewerThan(1)
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
