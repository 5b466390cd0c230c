import { readFile } from 'node:fs/promises'
import { findTable, type TableModule, tables } from '@rtnl/tables'
import * as v from 'valibot'
import { ConfigError } from './config-error.ts'
import { type NatsConfig, natsSetting } from './nats-config.ts'
import { PlacedDocument } from './placed-document.ts'

/** What an agent does. */
export interface AgentConfig {
  /** The tables that it follows in each namespace. */
  readonly tables: readonly TableModule<unknown>[]
  /** The namespaces in which it follows them. */
  readonly namespaces: NamespaceConfig
  /** The folder of files with desired entries; `undefined`: none. */
  readonly desired: string | undefined
  /** The folder in which the agent remembers what it has put in; `undefined`: it does not. */
  readonly state: string | undefined
  /** Where it serves HTTP; `undefined`: nowhere. */
  readonly listen: ListenAddress | undefined
  /** The fleet in which the tables are published; `undefined`: none. */
  readonly nats: NatsConfig | undefined
}

/** The namespaces in which an agent follows tables. Sets of desired entries may name further ones. */
export interface NamespaceConfig {
  /** Whether the namespace of the process is followed. */
  readonly own: boolean
  /** Patterns of names under `/run/netns`. */
  readonly names: readonly string[]
}

/** An address of this machine, on which HTTP is served. */
export interface ListenAddress {
  /** `localhost`, or an address of loopback, IPv6 without brackets. */
  readonly host: string
  /** 0 to 65535. 0: one that is free. */
  readonly port: number
}

/** Where an agent looks for its configuration, unless it is told. */
export const defaultConfigFile = '/etc/rtnl/agent.yaml'

const tableName = v.pipe(
  v.string('a name of a table is wanted'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return findTable(dataset.value)
    } catch (error) {
      addIssue({ message: (error as Error).message })
      return NEVER
    }
  }),
)

const pattern = v.pipe(
  v.string('a pattern of names under /run/netns is wanted, such as blue-*'),
  v.check(
    (text) => text !== '' && !text.includes('/'),
    'a namespace has a name without slashes, as ip netns lists them',
  ),
)

const listen = v.pipe(
  v.union([v.literal(false), v.string()], 'HOST:PORT is wanted, such as 127.0.0.1:9479; or false'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const { value } = dataset
    if (value === false) return value
    const [, name = '', port] = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(value) ?? []
    const host = name.replaceAll(/[[\]]/g, '')
    if (port === undefined || Number(port) > 65_535) {
      addIssue({ message: `'${value}' is not HOST:PORT, such as 127.0.0.1:9479 or [::1]:9479` })
    } else if (!isLoopback(host)) {
      addIssue({ message: 'an agent serves on loopback only: 127.0.0.1, ::1 or localhost' })
    } else return { host, port: Number(port) }
    return NEVER
  }),
)

const unknownKey = 'there is no such setting'

const settings = v.strictObject(
  {
    tables: v.optional(v.pipe(v.array(tableName, 'a list of names of tables is wanted'), v.minLength(1, 'no table'))),
    namespaces: v.optional(
      v.strictObject(
        {
          own: v.optional(v.boolean('true or false is wanted'), true),
          names: v.optional(v.array(pattern, 'a list of patterns is wanted'), []),
        },
        ({ expected }) => (expected === 'never' ? unknownKey : '{ own, names } is wanted'),
      ),
      {},
    ),
    desired: v.optional(v.union([v.literal(false), v.string()], 'the path of a folder is wanted, or false')),
    state: v.optional(v.union([v.literal(false), v.string()], 'the path of a folder is wanted, or false')),
    listen: v.optional(listen),
    nats: v.optional(natsSetting),
  },
  ({ expected }) => (expected === 'never' ? unknownKey : 'settings by their names are wanted'),
)

const configSchema = v.pipe(
  v.custom<object>((value) => !Array.isArray(value), 'settings by their names are wanted'),
  settings,
)

/** What an agent does that nobody has told anything. */
const defaults = {
  desired: '/etc/rtnl/desired.d',
  state: '/var/lib/rtnl',
  listen: { host: '127.0.0.1', port: 9479 },
} as const

/**
 * Reads the text of a configuration: YAML or JSON.
 * @param file its name, for errors
 * @throws {ConfigError} it is not as it has to be
 */
export function parseConfig(file: string, text: string): AgentConfig {
  const {
    tables: chosen,
    namespaces,
    desired = defaults.desired,
    state = defaults.state,
    listen = defaults.listen,
    nats,
  } = new PlacedDocument(file, text).read(configSchema)
  return {
    tables: tables.filter((module) => chosen === undefined || chosen.includes(module)),
    namespaces,
    desired: desired === false ? undefined : desired,
    state: state === false ? undefined : state,
    listen: listen === false ? undefined : listen,
    nats,
  }
}

/**
 * Reads a file of configuration.
 * @param file `undefined`: the default one, which need not exist
 * @throws {ConfigError} it cannot be read, or is not as it has to be
 */
export async function readConfig(file: string | undefined): Promise<AgentConfig> {
  const path = file ?? defaultConfigFile
  try {
    return parseConfig(path, await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && file === undefined) return parseConfig(path, '')
    throw new ConfigError(`${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`, { cause: error })
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
