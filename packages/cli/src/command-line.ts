import { addressBytes, familyOfText } from '@rtnl/netlink-core'
import {
  findTable,
  findWritableTable,
  type OwnerOptions,
  parseProtocol,
  parseRouteTable,
  type TableModule,
  UsageError,
  type WritableTable,
} from '@rtnl/tables'
import { Command, Option } from 'commander'
import { addAgentCommand } from './agent/agent-commands.ts'
import { collecting, lineStyle, netnsOption } from './command-options.ts'
import { demonstrate } from './commands/demo.ts'
import { diagnose, diagnoseKernel } from './commands/doctor.ts'
import { explainAddress } from './commands/explain.ts'
import { show } from './commands/show.ts'
import { sync } from './commands/sync.ts'
import { watch } from './commands/watch.ts'
import { addCompletionCommand } from './completion/completion-command.ts'
import { playDemonstration } from './demo/play.ts'
import { addEvpnCommand } from './evpn/evpn-command.ts'
import { withFilters } from './filter-commands.ts'
import { checkFilter, chooseTables, type FilterOptions } from './filter-options.ts'
import { addDesiredCommands } from './fleet/desired-commands.ts'
import { addFleetCommand } from './fleet/fleet-command.ts'
import {
  about,
  examples,
  examplesOf,
  exitCodes,
  exitCodesOfWatch,
  filterHelp,
  markedByProtocol,
  ofInterfaces,
  ownershipHelp,
  tableNames,
  writableNames,
} from './help-texts.ts'
import { shortened } from './output/error-line.ts'
import { isColorful, paints } from './output/paint.ts'
import type { StandardOutput } from './output/standard-output.ts'
import { addRecordingCommands } from './recording/recording-commands.ts'
import { packageVersion } from './version.ts'
import { type WatchOptions, withWatchOptions } from './watch-options.ts'
import { addWebCommand } from './web/web-command.ts'

interface TableOptions extends FilterOptions {
  readonly json?: boolean | undefined
  readonly netns?: string
}

type WatchCommandOptions = TableOptions & WatchOptions

interface SyncCommandOptions extends OwnerOptions {
  readonly file: string
  readonly netns?: string
  readonly json?: boolean
  readonly dryRun?: boolean
  readonly keep?: boolean
  readonly onExit?: 'keep' | 'remove'
}

interface DoctorCommandOptions {
  readonly json?: boolean
  readonly protocol?: number
  readonly outside?: string
}

interface ExplainCommandOptions {
  readonly from?: string
  readonly netns?: string
  readonly json?: boolean
}

/** The commands of `rtnl`, with their options and help. */
export function commandLine(output: StandardOutput, exitWith: (code: number) => void): Command {
  const program = new Command('rtnl')
  program
    .description(about)
    .version(packageVersion, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text),
      writeErr: (text) => output.complain(text.replace(/\n$/, '')),
      outputError: (text, write) => write(complaint(text)),
    })
    .addHelpText(
      'after',
      examples(
        'rtnl show route                 what the table holds now',
        'rtnl watch --json --netns blue  every change, one JSON object a line',
        'rtnl top                        what changes most, live on the whole screen',
        'rtnl web                        the same in a browser, with search, histories and EVPN as a picture',
        'rtnl sync route --file ours.json --protocol 84',
        '                                puts routes in, takes out what is not wanted any more',
        'rtnl explain 192.0.2.1          where a packet goes, step by step, and where it stops',
        'rtnl evpn show                  remote MACs with their paths, and what leads nowhere',
        'rtnl fleet show route --server ... --fleet lab',
        '                                the same of all nodes that run rtnl agent',
        'rtnl record fault.pcapng        all netlink messages, for rtnl replay and Wireshark',
        'rtnl demo                       a demonstration in a namespace of its own; changes nothing',
      ) +
        `
${exitCodes}
Environment: RTNL_DEBUG=netlink prints every message to standard error; NO_COLOR=1 forbids colours.`,
    )

  withFilters(program.command('show'))
    .description('Print a table as it is now.')
    .argument('<table>', `which table: ${tableNames}`, findTable)
    .option('--json', 'print a JSON array of entries')
    .addHelpText('after', `${examples(...examplesOf('show')) + filterHelp}\n${exitCodes}`)
    .action((table: TableModule<unknown>, { json = false, netns, ...filter }: TableOptions) => {
      checkFilter(table, filter)
      return show(table, { json, netns, filter }, output)
    })

  withWatchOptions(withFilters(program.command('watch')))
    .description('Print the content of tables, then every change as it happens, until interrupted.')
    .addHelpText(
      'after',
      examples(
        'rtnl watch',
        ...examplesOf('watch'),
        'rtnl watch --kind removed --cause inferred   what went without a word of the kernel',
        'rtnl watch --netns /proc/4711/ns/net',
      ) +
        `${filterHelp}
An entry that changes and comes to match a filter is added, one that matches no more is removed.

In text a line begins with + (added), ~ (changed), - (removed) or = (a table is complete).
In brackets stands how a change was learned, if not by a notification of its own.
On a terminal a changed entry has only what differs: old → new, + what is there now, - what is gone. Lines that come
again at once, one or several in a row, are counted.
${exitCodesOfWatch}`,
    )
    .action((chosen: TableModule<unknown>[], options: WatchCommandOptions) => {
      const { json, time, long, kind, cause, count, for: milliseconds, netns, ...filter } = options
      if (cause === 'dump' && count !== undefined) {
        throw new UsageError('--count counts what changes after the content at first, which is what --cause dump means')
      }
      const style = lineStyle({ json, time, long })
      const choice = { kind, cause }
      return watch(chooseTables(chosen, filter), { style, netns, filter, choice, count, for: milliseconds }, output)
    })

  withFilters(program.command('top'))
    .description(
      'Show tables, what changes in them and how often, on the whole screen of a terminal, until q is pressed.',
    )
    .argument(
      '[tables...]',
      `which tables: ${tableNames}; all that the options go with, unless named`,
      collecting(findTable),
    )
    .addHelpText(
      'after',
      `${examples('rtnl top', 'rtnl top route nexthop --netns blue', 'rtnl top --within 10.0.0.0/8')}
Keys: up, down, page up, page down, home and end choose a table or a row; enter opens it: a table has its rows, a row has
its history and what refers to it; escape goes back, tab to the next table; / filters, s sorts, p holds the screen, q ends.
${exitCodesOfWatch}`,
    )
    .action(async (chosen: TableModule<unknown>[], { netns, ...filter }: TableOptions) => {
      const tables = chooseTables(chosen, filter)
      // Of no use to the other commands, which have to start quickly.
      const { top } = await import('./commands/top.ts')
      await top(tables, { netns, filter }, output)
    })

  program
    .command('sync')
    .description('Make the kernel hold exactly the entries of a file that are ours; those of others are not touched.')
    .argument('<table>', `which table: ${writableNames}`, findWritableTable)
    .requiredOption('--file <file>', 'JSON array of entries, as show --json prints them; - is standard input')
    .addOption(netnsOption())
    .addOption(
      new Option('--table <table>', 'the routing table that is written: a number or a name').argParser(parseRouteTable),
    )
    .addOption(
      new Option('--protocol <protocol>', `number or name that marks which ${markedByProtocol} are ours`).argParser(
        parseProtocol,
      ),
    )
    .option('--dev <interface>', `whose ${ofInterfaces} are written`)
    .option(
      '--additive',
      'add and replace entries, whoever made them, of any table, protocol and interface; remove none but those added by --keep',
    )
    .option('--dry-run', 'only say what would be done')
    .option('--keep', 'stay, and put back what others change or remove, until interrupted')
    .addOption(
      new Option('--on-exit <what>', 'what to do with entries of ours at the end of --keep (default: keep)').choices([
        'keep',
        'remove',
      ]),
    )
    .option('--json', 'print one JSON object: plan, done, failed; with --keep a line more for each repair')
    .addHelpText(
      'after',
      examples(...examplesOf('sync')) +
        `
${ownershipHelp}
What is ours and not in the file is removed; [] removes all. An entry of others in the way is not touched, and
counts as failed.
With --additive what show --json printed is put back: each entry into its own table, on its own interface and with its
own protocol.
Exit codes: 0 done, 1 something failed (each named), 2 bad usage or a bad file: nothing was sent.`,
    )
    .action(async (table: WritableTable, options: SyncCommandOptions) => {
      const { file, netns, json = false, dryRun = false, keep = false, onExit, ...owner } = options
      if (keep && dryRun) throw new UsageError('--keep and --dry-run contradict each other')
      if (onExit !== undefined && !keep) {
        throw new UsageError('--on-exit says what to do at the end of --keep; give --keep too, or leave it out')
      }
      const done = await sync(table, { file, owner, netns, json, dryRun, keep, onExit: onExit ?? 'keep' }, output)
      if (!done) exitWith(1)
    })

  program
    .command('explain')
    .description('Say where a packet of this host goes, step by step, and where it stops and why.')
    .argument('<address>', 'where the packet goes to: an IPv4 or IPv6 address', (text) => checkAddress('ADDRESS', text))
    .addOption(
      new Option('--from <address>', 'with this source address').argParser((text) => checkAddress('--from', text)),
    )
    .addOption(netnsOption())
    .option('--json', 'print one JSON object: outcome, text, steps')
    .addHelpText(
      'after',
      `${examples('rtnl explain 192.0.2.1', 'rtnl explain 2001:db8::1 --from 2001:db8:1::5 --json', 'rtnl explain 10.1.0.7 --netns blue')}
Steps: source, rule, route (compared with the kernel's own answer), nexthop, interface, neighbor, fdb, port, vtep.
The way of the packet that a vxlan makes follows, indented. Nothing is sent to the network.
The packet has no mark, no type of service and no ports.
The last line, or outcome in JSON, says delivered, waits (for a neighbour) or stops.
Exit codes: 0 explained, also that a packet stops; 1 failed; 2 bad usage.`,
    )
    .action((dst: string, { from, netns, json = false }: ExplainCommandOptions) => {
      if (from !== undefined && familyOfText(from) !== familyOfText(dst)) {
        throw new UsageError(`--from: ${from} is not of the family of ${dst}`)
      }
      return explainAddress(dst, { from, netns, json, paint: paints(isColorful(output.stdout)) }, output)
    })

  addEvpnCommand(program, output)
  addRecordingCommands(program, output)
  addAgentCommand(program, output)
  addWebCommand(program, output)
  addDesiredCommands(addFleetCommand(program, output), output, exitWith)

  program
    .command('doctor')
    .description(
      'Say whether this machine is fit for rtnl: one line for each thing, green, yellow or red, with what to do.',
    )
    .addOption(
      new Option(
        '--protocol <protocol>',
        'also look for other owners of this protocol, by its number or name',
      ).argParser(parseProtocol),
    )
    .addOption(new Option('--outside <namespace>').hideHelp())
    .option('--json', 'print one JSON object: version, level, checks')
    .addHelpText(
      'after',
      `${examples('rtnl doctor', 'rtnl doctor --protocol 84', 'rtnl doctor --json | jq \'.checks[] | select(.level != "green")\'', 'ip netns exec blue rtnl doctor')}
It looks at the network namespace that it is started in, and changes nothing there. What the kernel can is tried in a
network namespace of its own, where this user may make one; the kernel may load its modules bridge, vrf and vxlan for that.
green: all right. yellow: works, and is worth knowing, or is not known. red: rtnl does not work, or something is refused.
Exit codes: 0 nothing is red, 1 something is red, or failed; 2 bad usage.`,
    )
    .action(async ({ json = false, protocol, outside }: DoctorCommandOptions) => {
      if (outside !== undefined) await diagnoseKernel(outside, output)
      else if (!(await diagnose({ json, protocol }, output))) exitWith(1)
    })

  program
    .command('demo')
    .description(
      'Play changes of a small EVPN multihoming scene in a network namespace of its own, and show them live.',
    )
    .addOption(new Option('--outside <namespace>').hideHelp())
    .addHelpText(
      'after',
      `${examples('rtnl demo', 'sudo rtnl demo        where users may make no namespaces')}
First act: nexthops and forwarding entries as the kernel has them. Second act: what they mean for EVPN.
Needs iproute2 (ip, bridge) and util-linux (unshare), and a user who may make namespaces.
Exit codes: 0 played, and all that is live equals what is read anew; 1 failed; 2 bad usage.`,
    )
    .action(async ({ outside }: { readonly outside?: string }) => {
      if (outside === undefined) exitWith(await demonstrate())
      else await playDemonstration(outside, output)
    })

  addCompletionCommand(program, output)

  return program
}

function checkAddress(name: string, text: string): string {
  try {
    addressBytes(text)
    return text
  } catch {
    throw new UsageError(`${name}: '${text}' is not an IPv4 or IPv6 address`)
  }
}

/** Turns an error of commander into one line in the form of the command's errors. */
function complaint(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
  return `rtnl: ${shortened(line)}; see rtnl --help\n`
}
