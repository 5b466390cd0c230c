import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** One sample of a result: its labels and its number. */
export interface PromSample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly lastError?: string }[] }[]
}

/** Milliseconds to wait for what Prometheus shows after its next scrapes, on a slow machine. */
const patience = 90_000

/** A Prometheus with a folder of its own, which scrapes one address of the loopback. */
export class Prometheus {
  readonly #url: string
  readonly #stop: () => Promise<void>

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url
    this.#stop = stop
  }

  /**
   * @param port of Prometheus on the loopback
   * @param target host and port to scrape each two seconds
   * @param rules the path of a file with rules
   */
  static async start(port: number, target: string, rules: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'rtnl-prometheus-'))
    const configuration = {
      global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '2s' },
      rule_files: [rules],
      scrape_configs: [{ job_name: 'rtnl', static_configs: [{ targets: [target] }] }],
    }
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration))
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: 'inherit' },
    )
    const exited = once(child, 'exit')
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, async () => {
      child.kill()
      await exited
      rmSync(folder, { recursive: true })
    })
    try {
      await until('Prometheus is ready', async () => (await fetch(`${prometheus.#url}/-/ready`)).ok)
    } catch (error) {
      await prometheus.stop()
      throw error
    }
    return prometheus
  }

  /** The result of a query at this moment. @throws {Error} with what Prometheus says of a query that is not valid */
  async query(expression: string): Promise<readonly PromSample[]> {
    const { result } = await this.#get<{ result: readonly PromSample[] }>(
      `query?${new URLSearchParams({ query: expression })}`,
    )
    return result
  }

  /** The only number of a query; `undefined` where it has none. */
  async number(expression: string): Promise<number | undefined> {
    const [sample, ...others] = await this.query(expression)
    if (others.length > 0) throw new Error(`${expression} has ${others.length + 1} results`)
    return sample && Number(sample.value[1])
  }

  /** The values of a label of a metric. */
  labelValues(metric: string, label: string): Promise<readonly string[]> {
    return this.#get(`label/${label}/values?${new URLSearchParams({ 'match[]': metric })}`)
  }

  /** Names of the rules, and what is wrong with each. */
  async rules(): Promise<readonly { readonly name: string; readonly lastError?: string }[]> {
    return (await this.#get<RuleGroups>('rules')).groups.flatMap(({ rules }) => rules)
  }

  /** Resolves after two more scrapes. */
  async scraped(): Promise<void> {
    const count = () => this.number('count_over_time(up{job="rtnl"}[1h])')
    const before = (await count()) ?? 0
    await until('two more scrapes', async () => ((await count()) ?? 0) >= before + 2)
  }

  stop(): Promise<void> {
    return this.#stop()
  }

  async #get<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.#url}/api/v1/${path}`)
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string }
    if (status !== 'success') throw new Error(`${path}: ${error}`)
    return data
  }
}

/** Waits until something is so; what it throws meanwhile is told if it never is. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  let last: unknown
  for (const end = performance.now() + patience; performance.now() < end; await delay(200)) {
    try {
      if (await condition()) return
      last = undefined
    } catch (error) {
      last = error
    }
  }
  throw new Error(`not yet: ${what}`, { cause: last })
}
