import { findTable, type TableModule, tables, UsageError } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import {
  collecting,
  type LineOptions,
  lineStyle,
  netnsOption,
  parseDuration,
  withLineOptions,
} from '../command-options.ts'
import { examples, exitCodes, tableNames } from '../help-texts.ts'
import type { StandardOutput } from '../output/standard-output.ts'

interface RecordCommandOptions {
  readonly netns?: string
  readonly for?: number
  readonly ring?: number
}

interface ReplayCommandOptions extends LineOptions {
  readonly speed?: number
}

/** Adds `record` and `replay`. What they need is loaded when they run. */
export function addRecordingCommands(program: Command, output: StandardOutput): void {
  program
    .command('record')
    .description('Record all netlink messages of tables into a pcapng file, for replay, Wireshark and tshark.')
    .argument('<file>', 'the new file')
    .argument('[tables...]', `which tables: ${tableNames}; all, unless named`, collecting(findTable))
    .addOption(netnsOption())
    .addOption(
      new Option('--for <duration>', 'end after this time: 500ms, 10s, 5m, 2h').argParser((text) =>
        parseDuration('--for', text),
      ),
    )
    .addOption(
      new Option('--ring <size>', 'keep the latest messages in memory, so many bytes: 512K, 64M').argParser(parseSize),
    )
    .addHelpText(
      'after',
      `${examples('rtnl record fault.pcapng', 'rtnl record fault.pcapng --netns blue --for 10s', 'rtnl record fault.pcapng --ring 64M   until it happens; then Ctrl-C', 'tshark -r fault.pcapng')}
Ends with a signal; the tables are read again before, so that the file shows whether they were exact. A second signal
ends it at once.
With --ring the file is written at the end, also after a failure, and with SIGUSR2 meanwhile: the next ones are FILE-2, FILE-3.
The file has all that the tables hold: addresses, names, routes.
${exitCodes}`,
    )
    .action(async (file: string, chosen: TableModule<unknown>[] | undefined, options: RecordCommandOptions) => {
      const { record } = await import('../commands/record.ts')
      const { netns, ring, for: milliseconds } = options
      // In the order of the tables, since those come first on which others depend.
      const modules = tables.filter((module) => chosen === undefined || chosen.length === 0 || chosen.includes(module))
      await record(modules, file, { netns, ring, for: milliseconds }, output)
    })

  withLineOptions(program.command('replay'))
    .description('Feed tables from a recording, without a kernel, on any system, and print them.')
    .argument('<file>', 'what rtnl record wrote')
    .argument('[what]', 'show: a table as it is at the end; watch: every change (default)', parseWhat)
    .argument('[tables...]', `which tables: ${tableNames}; all that are recorded, unless named`, collecting(findTable))
    .option('--json', 'print what show --json and watch --json print')
    .addOption(
      new Option('--speed <factor>', 'so many times as fast as it happened (default: as fast as possible)').argParser(
        parseSpeed,
      ),
    )
    .addHelpText(
      'after',
      `${examples('rtnl replay fault.pcapng', 'rtnl replay fault.pcapng show route --json', 'rtnl replay fault.pcapng watch route nexthop --speed 1')}
Each replay prints the same. Where messages were lost it shows the resync and its reason, as watch did.
What is wrong with the file is said on standard error with its offset; what can be read is replayed.
${exitCodes}`,
    )
    .action(
      async (
        file: string,
        what: 'show' | 'watch' | undefined,
        chosen: TableModule<unknown>[] | undefined,
        { speed, ...line }: ReplayCommandOptions,
      ) => {
        const style = lineStyle(line)
        if (what === 'show' && chosen?.length !== 1) throw new UsageError('replay FILE show takes one table')
        const { replay } = await import('../commands/replay.ts')
        await replay(file, chosen ?? [], { what: what ?? 'watch', style, speed }, output)
      },
    )
}

const units = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const
const smallestRing = 64 * units.K
const largestRing = units.G

function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([KMG]?)$/.exec(text) ?? []
  const bytes = number === '' ? 0 : Number(number) * units[unit as keyof typeof units]
  if (bytes >= smallestRing && bytes <= largestRing) return bytes
  throw new UsageError(`--ring: '${text}' is not a size from 64K to 1G, such as 64M`)
}

function parseSpeed(text: string): number {
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (speed > 0 && Number.isFinite(speed)) return speed
  throw new UsageError(`--speed: '${text}' is not a factor such as 1, 10 or 0.5`)
}

function parseWhat(text: string): 'show' | 'watch' {
  if (text === 'show' || text === 'watch') return text
  throw new UsageError(`replay: '${text}' is neither show nor watch`)
}
