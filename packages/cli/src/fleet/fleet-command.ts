import { findTable, type TableModule } from '@rtnl/tables'
import type { Command } from 'commander'
import { lineStyle } from '../command-options.ts'
import { withEntryFilters } from '../filter-commands.ts'
import { checkFilter, chooseTables, type FilterOptions } from '../filter-options.ts'
import { examples, exitCodes, exitCodesOfWatch, tableNames } from '../help-texts.ts'
import { isColorful, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { type WatchOptions, withWatchOptions } from '../watch-options.ts'
import { type ServerChoice, withServerOptions } from './server-options.ts'

interface EntryOptions extends ServerChoice, FilterOptions {
  readonly json?: boolean | undefined
  readonly node?: string
  readonly netns?: string
}

type FleetWatchOptions = EntryOptions & WatchOptions

const at = '--server nats://127.0.0.1:4222 --fleet lab'

const fleetHelp = `${examples(
  `rtnl fleet nodes ${at}            which nodes there are, and whether they live`,
  `rtnl fleet show route ${at}       the routes of all nodes`,
  `rtnl fleet watch ${at} --json     every change anywhere`,
)}
Nodes publish their tables by rtnl agent, with nats in its configuration, and keep what is desired of them.
${exitCodes}`

const entriesHelp = `
An entry is of the node that stands before it, and of a namespace of it where that is not the agent's own: leaf1/blue.
Of a node that is silent or gone the entries are those that it had; standard error says which nodes these are.
--dev means the interface that has the name now, in each namespace.`

/** Adds `fleet` and what reads one. What they need is loaded when they run. */
export function addFleetCommand(program: Command, output: StandardOutput): Command {
  const fleet = program
    .command('fleet')
    .description('Show, follow and write the tables of all nodes of a fleet, by a NATS server.')
    .helpCommand(false)
    .addHelpText('after', fleetHelp)

  withServerOptions(fleet.command('nodes'))
    .description('Print the nodes of a fleet: whether they live, since when nothing was heard, and what they publish.')
    .option('--json', 'print a JSON array of nodes')
    .addHelpText(
      'after',
      `${examples(`rtnl fleet nodes ${at}`)}
live: what is read of the node is what it has. stale: it has missed three of its leases. gone: it ended in order.
${exitCodes}`,
    )
    .action(async ({ json = false, ...server }: ServerChoice & { readonly json?: boolean }) => {
      const { fleetNodes } = await import('../commands/fleet.ts')
      await fleetNodes(server, { json, paint: paints(isColorful(output.stdout)) }, output)
    })

  withPlaces(withEntryFilters(withServerOptions(fleet.command('show'))))
    .description('Print a table of all nodes as it is now.')
    .argument('<table>', `which table: ${tableNames}`, findTable)
    .option('--json', 'print a JSON array of entries, each with node and netns')
    .addHelpText(
      'after',
      `${examples(`rtnl fleet show fdb ${at} --mac 02:00:00:00:00:01`, `rtnl fleet show route ${at} --to 192.0.2.1 --node leaf1`)}${entriesHelp}
${exitCodes}`,
    )
    .action(async (table: TableModule<unknown>, { json = false, node, netns, ...options }: EntryOptions) => {
      const { server, filter } = parted(options)
      checkFilter(table, filter)
      const { fleetShow } = await import('../commands/fleet.ts')
      await fleetShow(table, server, { json, choice: { node, netns, filter } }, output)
    })

  withWatchOptions(withPlaces(withEntryFilters(withServerOptions(fleet.command('watch')))))
    .description('Print the content of tables of all nodes, then every change as it happens, until interrupted.')
    .addHelpText(
      'after',
      `${examples(`rtnl fleet watch ${at}`, `rtnl fleet watch link fdb ${at} --json`)}${entriesHelp}
The nodes are a table too, node: it says which one comes, falls silent or goes.
${exitCodesOfWatch}`,
    )
    .action(async (chosen: TableModule<unknown>[], options: FleetWatchOptions) => {
      const { json, time, long, kind, cause, count, for: milliseconds, node, netns, ...rest } = options
      const { server, filter } = parted(rest)
      const style = lineStyle({ json, time, long })
      const tables = chooseTables(chosen, filter)
      const { fleetWatch } = await import('../commands/fleet.ts')
      const choice = { node, netns, filter }
      await fleetWatch(tables, server, { style, choice, changes: { kind, cause }, count, for: milliseconds }, output)
    })

  return fleet
}

/** The options that choose where entries are. */
function withPlaces(command: Command): Command {
  return command
    .option('--node <name>', 'only entries of this node')
    .option('--netns <name>', 'only entries of this network namespace of a node')
}

function parted({
  server,
  fleet,
  creds,
  nkey,
  token,
  user,
  password,
  ca,
  cert,
  key,
  ...filter
}: ServerChoice & FilterOptions) {
  return { server: { server, fleet, creds, nkey, token, user, password, ca, cert, key }, filter }
}
