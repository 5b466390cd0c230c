import { readdirSync, readFileSync } from 'node:fs'
import { metricDescriptions } from '@rtnl/metrics'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const documents = suite('documents, dashboard and rules')

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const reference = read('../../../docs/metrics.md')
const names = metricDescriptions.map(({ name }) => name)
const namesIn = (text: string): string[] => [...new Set(text.match(/\brtnl_[a-z_]+/g))].sort()

documents('the reference has each metric as it is, and no other', () => {
  const rows = metricDescriptions.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  assert.equal(reference.match(/^\| `rtnl_.*$/gm), rows)
  for (const text of [reference, read('../README.md')])
    assert.equal(
      namesIn(text).filter((name) => !names.includes(name)),
      [],
    )
})

documents('the dashboard shows each metric, and asks for no other', () => {
  assert.equal(namesIn(read('../grafana/rtnl.json')), [...names].sort())
})

documents('the rules ask for no other', () => {
  assert.equal(
    namesIn(read('../prometheus/rtnl.rules.yml')).filter((name) => !names.includes(name)),
    [],
  )
})

documents('the reference has each channel that a package publishes on, and no other', () => {
  const packages = new URL('../../', import.meta.url)
  const published = readdirSync(packages).flatMap((name) =>
    readdirSync(new URL(`${name}/src`, packages), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const source = readFileSync(new URL(`${name}/src/${file}`, packages), 'utf8')
        return [...source.matchAll(/'(rtnl:[\w.-]+)'/g)].map(([, channel = '']) => channel)
      }),
  )
  const documented = [...reference.matchAll(/^\| `(rtnl:[\w.-]+)` \|/gm)].map(([, channel = '']) => channel)
  assert.equal([...new Set(published)].sort(), documented.sort())
  assert.ok(documented.length >= 5)
})

documents.run()
