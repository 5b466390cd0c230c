import { families, parseRouteTable, parseValue, stateNames } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import { netnsOption } from './command-options.ts'
import { tablesOf, type ValueOption } from './filter-options.ts'
import { inRoutingTables } from './help-texts.ts'
import { listOf } from './output/count.ts'

/** The options by which entries of a namespace are chosen. */
export function withFilters(command: Command): Command {
  return withEntryFilters(command.addOption(netnsOption()))
}

/** The options by which entries are chosen, wherever they are. */
export function withEntryFilters(command: Command): Command {
  return command
    .addOption(new Option('--family <family>', 'only entries of this family').choices(Object.keys(families)))
    .addOption(
      new Option(
        '--table <table>',
        `only ${inRoutingTables} of this routing table: a number, or a name such as main`,
      ).argParser(parseRouteTable),
    )
    .option('--dev <interface>', 'only entries of this interface')
    .addOption(valueOption('within', '<prefix>', 'only entries whose prefix or address lies in this prefix'))
    .addOption(valueOption('to', '<address>', 'only entries whose prefix contains this address'))
    .addOption(valueOption('protocol', '<protocol>', 'only entries of this protocol: a number or a name'))
    .addOption(valueOption('id', '<number>', 'only this nexthop object, or what uses it'))
    .addOption(valueOption('mac', '<address>', 'only entries with this hardware address'))
    .addOption(valueOption('state', '<state>', `only entries in this state: ${stateNames.join(', ')}`))
}

/** An option that goes with the tables whose entries have a value. */
function valueOption(name: ValueOption, argument: string, about: string): Option {
  return new Option(`--${name} ${argument}`, `${about}; of ${listOf(tablesOf(name), 'or')}`).argParser<unknown>(
    parseValue[name],
  )
}
