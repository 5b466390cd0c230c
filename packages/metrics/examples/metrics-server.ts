import { createServer } from 'node:http'
import process from 'node:process'
import { LinkTable } from '@rtnl/link'
import { health, Metrics } from '@rtnl/metrics'
import { registerMetrics } from '@rtnl/metrics/prom-client'
import { Notifier } from '@rtnl/notifier'
import { RouteTable } from '@rtnl/route'
import { Registry } from 'prom-client'

// The program: here it only follows two tables.
const notifier = await Notifier.open()
const links = await LinkTable.open({ notifier })
const routes = await RouteTable.open({ notifier })

const metrics = new Metrics()
metrics.addTable(links)
metrics.addTable(routes)
const registry = new Registry()
registerMetrics(metrics, registry)

const server = createServer(async ({ url }, response) => {
  if (url === '/metrics') {
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
  } else if (url === '/healthz' || url === '/readyz') {
    const { status, reasons } = await health(metrics)
    // To start the program again helps if something has ended; what is only late repairs itself.
    const good = url === '/healthz' ? status !== 'failing' : status === 'ok'
    response.statusCode = good ? 200 : 503
    response.end([status, ...reasons.map(({ text }) => text), ''].join('\n'))
  } else {
    response.statusCode = 404
    response.end('/metrics, /healthz, /readyz\n')
  }
})
const port = Number(process.argv[2] ?? 9479)
server.listen(port, '127.0.0.1', () => console.log(`metrics at http://127.0.0.1:${port}/metrics`))
