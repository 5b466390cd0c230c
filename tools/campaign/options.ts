import { parseArgs } from 'node:util'
import { scenarios } from './operations/index.ts'

/** What a campaign does, as the command line says it. */
export interface CampaignOptions {
  readonly seconds: number
  /** After how many operations it ends, if not by time. */
  readonly operations: number | undefined
  readonly seed: number
  readonly scenario: string
  readonly receiveBuffer: number | undefined
  readonly stopFollower: boolean
  readonly interruptDumps: boolean
  readonly without: readonly string[]
  /** How long a shorter sequence is looked for. */
  readonly shrinkSeconds: number
}

export interface CommandOptions extends CampaignOptions {
  readonly oneCore: boolean
  readonly json: boolean
  readonly help: boolean
  readonly list: boolean
  readonly folder: string
}

export const usage = `usage: pnpm campaign [OPTIONS]

Changes a network namespace at random and at full speed while all tables follow it, and compares, again and again, every
table with the fold of its changes, with a fresh dump and with iproute2. Nothing of this machine's network is touched.
Ends with 0 if there was no difference. On a difference it shrinks the operations, writes what it found to a folder, and
ends with 1; with 2 on wrong usage.

  --seconds N         how long (default: 60)
  --operations N      how many operations, however long they take
  --seed S            which operations (default: by the clock; printed)
  --scenario NAME     only operations of one domain; see --list
  --list              names the scenarios
  --rcvbuf B          bytes of the receive buffer for notifications: 4096 makes it overflow
  --stop-follower     stops the following process now and then (SIGSTOP)
  --interrupt-dumps   dumps all tables again and again while they change, so that the kernel says that dumps were
                      interrupted; counted as interrupted
  --one-core          everything on one processor
  --without T[:R]     table T follows without its triggers, or without that of reason R: to see differences found
  --shrink-seconds N  how long a short sequence is looked for (default: 180)
  --out FOLDER        where a difference is written (default: .cache/campaign)
  --json              prints the figures as JSON
  --help              this text`

/** @throws {Error} with a message for the user */
export function parseOptions(args: readonly string[]): CommandOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      operations: { type: 'string' },
      seed: { type: 'string' },
      scenario: { type: 'string', default: 'all' },
      rcvbuf: { type: 'string' },
      'stop-follower': { type: 'boolean', default: false },
      'interrupt-dumps': { type: 'boolean', default: false },
      'one-core': { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      'shrink-seconds': { type: 'string', default: '180' },
      out: { type: 'string', default: '.cache/campaign' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.seconds !== undefined && values.operations !== undefined) {
    throw new Error('--operations: give it or --seconds, not both')
  }
  if (!Object.hasOwn(scenarios, values.scenario)) {
    throw new Error(`--scenario: "${values.scenario}" is none of ${Object.keys(scenarios).join(', ')}`)
  }
  return {
    seconds: numberOf('seconds', values.seconds ?? '60', 1),
    operations: values.operations === undefined ? undefined : numberOf('operations', values.operations, 1),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : numberOf('seed', values.seed, 0),
    scenario: values.scenario,
    receiveBuffer: values.rcvbuf === undefined ? undefined : numberOf('rcvbuf', values.rcvbuf, 1),
    stopFollower: values['stop-follower'],
    interruptDumps: values['interrupt-dumps'],
    oneCore: values['one-core'],
    without: values.without,
    shrinkSeconds: numberOf('shrink-seconds', values['shrink-seconds'], 0),
    folder: values.out,
    json: values.json,
    list: values.list,
    help: values.help,
  }
}

function numberOf(option: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least) {
    throw new Error(`--${option}: "${text}" is no whole number of ${least} or more`)
  }
  return value
}
