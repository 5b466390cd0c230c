import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { health, type Metrics } from '@rtnl/metrics'
import { registerMetrics } from '@rtnl/metrics/prom-client'
import type { WebView } from '@rtnl/web'
import { Hono } from 'hono'
import { Registry } from 'prom-client'
import type { AgentStatus } from '../agent-status.ts'
import type { ListenAddress } from '../config/config.ts'
import { registerFleetMetrics } from '../fleet/fleet-metrics.ts'

/** What is served. */
interface Served {
  readonly metrics: Metrics
  readonly view: WebView
  status(): Promise<AgentStatus>
}

/** Serves what an agent says of itself. */
export class AgentServer {
  /** Where it was asked to listen. */
  readonly wanted: ListenAddress
  /** Where it listens: the port is never 0. */
  readonly address: ListenAddress
  readonly #server: Server

  private constructor(wanted: ListenAddress, port: number, server: Server) {
    this.wanted = wanted
    this.address = { host: wanted.host, port }
    this.#server = server
  }

  /** @throws {Error} the address is taken, or not this machine's */
  static async listen(wanted: ListenAddress, agent: Served): Promise<AgentServer> {
    const { host, port } = wanted
    return await new Promise((resolve, reject) => {
      const server = serve({ fetch: appOf(agent).fetch, hostname: host, port }, (info) =>
        resolve(new AgentServer(wanted, info.port, server as Server)),
      ) as Server
      server.once('error', (error) =>
        reject(new Error(`listen: ${host}:${port} cannot be used: ${error.message}`, { cause: error })),
      )
    })
  }

  /** Ends what is being served too. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

function appOf(agent: Served): Hono {
  const registry = new Registry()
  registerMetrics(agent.metrics, registry)
  registerFleetMetrics(async () => (await agent.status()).fleet, registry)
  const app = new Hono()
  app.get('/metrics', async (context) =>
    context.body(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  )
  // To start the agent again helps if something has ended; what is only late repairs itself.
  app.get('/healthz', async (context) => {
    const { status, reasons } = await health(agent.metrics)
    return context.text(
      lines(
        status,
        reasons.map(({ text }) => text),
      ),
      status === 'failing' ? 503 : 200,
    )
  })
  app.get('/readyz', async (context) => {
    const { status, reasons } = await agent.status()
    return context.text(lines(status, reasons), status === 'ok' ? 200 : 503)
  })
  app.get('/status', async (context) => context.json(await agent.status()))
  app.route('/', agent.view.app)
  app.notFound((context) => context.text('/, /metrics, /healthz, /readyz, /status\n', 404))
  return app
}

function lines(status: string, reasons: readonly string[]): string {
  return `${[status, ...reasons].join('\n')}\n`
}
