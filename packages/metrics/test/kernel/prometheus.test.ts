// timeout: 600
// runtimes: node
// wants: prometheus promtool
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { LinkTable } from '@rtnl/link'
import { Metrics } from '@rtnl/metrics'
import { registerMetrics } from '@rtnl/metrics/prom-client'
import { MessageFlag } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { keep } from '@rtnl/reconcile'
import { RouteTable, routeMessage, routeOwner } from '@rtnl/route'
import { Registry } from 'prom-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../../../notifier/test/things.ts'
import { ip, ipBatch, ipJson, makeNetns } from '../../../route/test/support/ip.ts'
import { Prometheus, until } from '../support/prometheus.ts'

const scraped = suite('metrics in Prometheus')

const RTM_NEWROUTE = 24
const rules = fileURLToPath(new URL('../../prometheus/rtnl.rules.yml', import.meta.url))
const dashboard: Dashboard = JSON.parse(readFileSync(new URL('../../grafana/rtnl.json', import.meta.url), 'utf8'))

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[]
  }
}

/** A program that follows and keeps routes in a namespace, with its metrics on a port. */
async function startProgram(port: number) {
  await makeNetns('blue', 2)
  const notifier = await Notifier.open({ netns: 'blue' })
  const links = await LinkTable.open({ notifier })
  const routes = await RouteTable.open({ notifier })
  const wanted = [1, 2, 3].map((host) => ({ dst: `198.51.100.${host}/32`, gateway: '10.0.0.2' }))
  const controller = await keep(routeOwner({ table: 100, protocol: 84 }), wanted, { notifier })
  const metrics = new Metrics()
  metrics.addTable(links)
  metrics.addTable(routes)
  metrics.addController(controller, { name: 'ours' })
  const registry = new Registry()
  registerMetrics(metrics, registry)
  const server = createServer(async (_request, response) => {
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    metrics.close()
    await controller[Symbol.asyncDispose]()
    notifier.close()
  }
  return { notifier, routes, controller, registry, stop }
}

type Program = Awaited<ReturnType<typeof startProgram>>

/** Waits until queries have these numbers, and looks that they keep them. */
async function expectNumbers(prometheus: Prometheus, expected: Readonly<Record<string, number>>): Promise<void> {
  const read = async () => {
    const entries = await Promise.all(
      Object.keys(expected).map(async (query) => [query, await prometheus.number(query)] as const),
    )
    return Object.fromEntries(entries)
  }
  const isThere = async () => JSON.stringify(await read()) === JSON.stringify(expected)
  await until('the numbers are as expected', isThere).catch(() => {})
  await prometheus.scraped()
  assert.equal(await read(), expected)
}

const changesOf = (kind: string, cause = 'notification') =>
  `rtnl_table_changes_total{table="route",netns="blue",kind="${kind}",cause="${cause}"}`

/** Changes routes with `ip`: adds 50, replaces 7 of them by others, and removes 20. */
function changeRoutes(): void {
  const hosts = Array.from({ length: 50 }, (_, index) => `192.0.2.${index + 1}/32 dev v0`)
  ipBatch('blue', [
    ...hosts.map((host) => `route add ${host}`),
    ...hosts.slice(0, 7).map((host) => `route replace ${host} mtu 1400`),
    ...hosts.slice(30).map((host) => `route del ${host}`),
  ])
}

/** Undoes two entries of the controller, one after the other. */
async function undo({ controller }: Program): Promise<void> {
  for (const host of [1, 2]) {
    ip(`-n blue route del 198.51.100.${host}/32 table 100`)
    await until('the route is back', async () => controller.drift.healed === host)
  }
}

/** Asks for routes that are there. */
async function beRefused({ notifier, routes }: Program, count: number): Promise<void> {
  const there = [...routes].filter(({ dst, table }) => table === 254 && dst?.startsWith('192.0.2.') === true)
  for (const entry of there.slice(0, count)) {
    const flags = MessageFlag.CREATE | MessageFlag.EXCL
    const request = { message: routeMessage, type: RTM_NEWROUTE, flags, entry, operation: `add route ${entry.dst}` }
    assert.is(
      String(await rejection(notifier.connection.request(request))),
      `NetlinkError: add route ${entry.dst}: entry exists (EEXIST)`,
    )
  }
}

scraped('are what was done, are what the dashboard asks for, and pass promtool', async () => {
  const program = await startProgram(9479)
  const { routes } = program
  const prometheus = await Prometheus.start(9490, '127.0.0.1:9479', rules)
  try {
    await prometheus.scraped()
    const begin = async (query: string): Promise<number> => (await prometheus.number(query)) ?? Number.NaN
    const [added, changed, removed] = await Promise.all(
      ['added', 'changed', 'removed'].map((kind) => begin(changesOf(kind))),
    )

    changeRoutes()
    await routes.waitForSync()
    await undo(program)
    await beRefused(program, 4)
    const shown = () =>
      ipJson('blue', '-4 route show table all').length + ipJson('blue', '-6 route show table all').length
    await routes.waitForSync()
    await expectNumbers(prometheus, {
      [changesOf('added')]: (added ?? 0) + 50 + 2,
      [changesOf('changed')]: (changed ?? 0) + 7,
      [changesOf('removed')]: (removed ?? 0) + 20 + 2,
      'rtnl_table_rows{table="route",netns="blue"}': shown(),
      'rtnl_table_rows{table="link",netns="blue"}': ipJson('blue', 'link').length,
      'rtnl_table_in_sync{table="route"}': 1,
      'rtnl_refusals_total{netns="blue",code="EEXIST"}': 4,
      'sum(rtnl_losses_total)': 0,
      'rtnl_controller_desired_entries{controller="ours"}': 3,
      'rtnl_controller_failed_entries{controller="ours"}': 0,
      'rtnl_controller_drift_found_total{controller="ours"}': 2,
      'rtnl_controller_drift_healed_total{controller="ours"}': 2,
      'rtnl_controller_requests_total{controller="ours"}': 3 + 2,
    })

    // The kernel removes the routes of an interface that goes down in silence.
    const before = { inferred: await begin(changesOf('removed', 'inferred')), rows: shown() }
    ipBatch('blue', ['link set v0 down'])
    await routes.waitForSync()
    assert.ok(shown() <= before.rows - 30)
    await until(
      'the resync is seen',
      async () => (await begin(changesOf('removed', 'inferred'))) >= before.inferred + 30,
    )
    await until('its reason is seen', async () => {
      return (
        ((await prometheus.number('rtnl_table_resyncs_total{table="route",cause="inferred",reason="link"}')) ?? 0) >= 1
      )
    })
    await expectNumbers(prometheus, { 'rtnl_table_rows{table="route",netns="blue"}': shown() })

    const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))
    assert.ok(queries.length >= 30)
    for (const { title, expr } of queries) {
      const query = expr.replaceAll('$__rate_interval', '2m').replaceAll(/\$(netns|table|controller)\b/g, '.*')
      assert.not.match(query, /\$/)
      await until(`${title}: ${query}`, async () => (await prometheus.query(query)).length > 0)
      for (const { value } of await prometheus.query(query)) assert.ok(Number(value[1]) >= 0, `${title}: ${value[1]}`)
    }
    for (const { name, type, definition = '' } of dashboard.templating.list.filter(({ type }) => type === 'query')) {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? []
      assert.ok((await prometheus.labelValues(metric, label)).length > 0, `${type} ${name}`)
    }
    await until('all rules were evaluated', async () => (await prometheus.rules()).length >= 8)
    for (const { name, lastError } of await prometheus.rules()) assert.is(lastError, undefined, name)

    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await program.registry.metrics(),
      encoding: 'utf8',
    })
    assert.equal([status, stdout, stderr], [0, '', ''])
    const checked = spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' })
    assert.is(checked.status, 0, checked.stdout + checked.stderr)
  } finally {
    await prometheus.stop()
    await program.stop()
  }
})

scraped.run()
