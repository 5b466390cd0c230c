// timeout: 240
// runtimes: node
// wants: prometheus
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Prometheus, until } from '../../../metrics/test/support/prometheus.ts'
import { ip } from '../../../route/test/support/ip.ts'
import { finish, start } from '../support/rtnl.ts'

const alone = suite('rtnl agent without a configuration')
const rules = fileURLToPath(new URL('../../../metrics/prometheus/rtnl.rules.yml', import.meta.url))

/** Entries that `ip` shows. */
function count(...words: readonly string[]): number {
  return JSON.parse(execFileSync('ip', ['-j', ...words], { encoding: 'utf8' })).length
}

alone('shows in Prometheus what ip shows', async () => {
  ip('link set lo up')
  ip('link add v0 type veth peer name v1')
  const child = start(['agent'])
  const ended = finish(child)
  const prometheus = await Prometheus.start(9490, '127.0.0.1:9479', rules)
  try {
    const rows = (table: string) => prometheus.number(`rtnl_table_rows{table="${table}"}`)
    await until('the links are there', async () => (await rows('link')) === count('link'))
    assert.is(await rows('rule'), count('-4', 'rule') + count('-6', 'rule'))
    ip('rule add priority 500 lookup 100')
    await until('a new rule is there', async () => (await rows('rule')) === count('-4', 'rule') + count('-6', 'rule'))
    assert.is(await prometheus.number('up{job="rtnl"}'), 1)
  } finally {
    await prometheus.stop()
    child.kill('SIGTERM')
  }
  assert.is((await ended).code, 0)
})

alone.run()
