import { Metrics, metricDescriptions } from '@rtnl/metrics'
import { registerMetrics } from '@rtnl/metrics/prom-client'
import { Registry, register } from 'prom-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { thing } from '../../notifier/test/things.ts'
import { withTable } from './support/values.ts'

const exposed = suite('metrics for prom-client')

/** What a registry exposes, as lines `name{label="value"} number`, labels in the order of their names. */
function samplesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? []
      return `${name} ${labels.split(/,(?=\w+=")/).sort()} ${value}`
    })
    .sort()
}

async function expected(metrics: Metrics): Promise<string[]> {
  return (await metrics.read())
    .flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
        return `${name} ${pairs.sort()} ${value}`
      }),
    )
    .sort()
}

const withoutLag = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('rtnl_lag_seconds '))

exposed('are the numbers that plain objects have, at each reading, also at two at once', () =>
  withTable(async ({ things, table }) => {
    using metrics = new Metrics()
    metrics.addTable(table)
    const registry = new Registry()
    registerMetrics(metrics, registry)
    for (let round = 0; round < 3; round++) {
      things.put(thing(round))
      await table.waitForSync()
      const texts = await Promise.all([registry.metrics(), registry.metrics()])
      const lines = await expected(metrics)
      assert.ok(
        lines.includes(
          `rtnl_table_changes_total cause="notification",kind="added",netns="fake kernel",table="thing" ${round + 1}`,
        ),
      )
      for (const text of texts) assert.equal(withoutLag(samplesOf(text)), withoutLag(lines))
      for (const text of texts) assert.is(samplesOf(text).length, lines.length)
    }
    table.close()
    assert.equal(samplesOf(await registry.metrics()), [])
  }),
)

exposed('are described', async () => {
  using metrics = new Metrics()
  const registry = new Registry()
  registerMetrics(metrics, registry)
  const text = await registry.metrics()
  for (const { name, help, type } of metricDescriptions) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name)
  }
})

exposed('are in the global registry unless another one is given, once', async () => {
  using metrics = new Metrics()
  registerMetrics(metrics)
  try {
    assert.ok(register.getSingleMetric('rtnl_table_rows'))
    assert.throws(() => registerMetrics(metrics), /already been registered/)
  } finally {
    register.clear()
  }
})

exposed.run()
