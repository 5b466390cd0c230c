import { findTable } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import { type ChangeChoice, changeCauses, changeKinds } from './chosen-changes.ts'
import { collecting, type LineOptions, parseCount, parseDuration, withLineOptions } from './command-options.ts'
import { tableNames } from './help-texts.ts'

/** What a command that follows tables is told about its output and its end. */
export interface WatchOptions extends LineOptions, ChangeChoice {
  /** Changes after which it ends. */
  readonly count?: number
  /** Milliseconds after which it ends. */
  readonly for?: number
}

/** Adds what every command that follows tables takes: which tables, which changes, how they are written, and until when. */
export function withWatchOptions(command: Command): Command {
  return withLineOptions(command)
    .argument(
      '[tables...]',
      `which tables: ${tableNames}; all that the options go with, unless named`,
      collecting(findTable),
    )
    .addOption(new Option('--kind <kind>', 'print only such changes').choices(changeKinds))
    .addOption(new Option('--cause <cause>', 'print only changes learned in this way').choices(changeCauses))
    .addOption(
      new Option('--count <number>', 'end after so many changes, those of the content at first not counted').argParser(
        parseCount,
      ),
    )
    .addOption(
      new Option('--for <duration>', 'end after this time: 500ms, 10s, 5m, 2h').argParser((text) =>
        parseDuration('--for', text),
      ),
    )
    .option('--json', 'print one JSON object a line')
}
