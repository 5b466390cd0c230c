import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a client and a server, and cuts what goes through. */
export class CuttingProxy implements Disposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(port: number): Promise<CuttingProxy> {
    const server = createServer()
    const proxy = new CuttingProxy(server)
    server.on('connection', (from) => proxy.#join(from, connect(port, '127.0.0.1')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    return `nats://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  /** Ends all connections in the middle of what they are at. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Lets nothing through, and closes nothing. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  goOn(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  [Symbol.dispose](): void {
    this.#server.close()
    this.cut()
  }

  #join(...pair: [Socket, Socket]): void {
    for (const [from, to] of [pair, [pair[1], pair[0]]] as const) {
      this.#sockets.add(from)
      from.on('error', () => {})
      from.on('data', (data) => to.write(data))
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }
}
