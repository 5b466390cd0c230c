import { UsageError } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import { collecting, parseCount, parseDuration } from '../command-options.ts'
import { examples, exitCodes } from '../help-texts.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { type ServerChoice, withServerOptions } from './server-options.ts'

interface RolloutCommandOptions extends ServerChoice {
  readonly file?: string
  readonly name?: string
  readonly node?: readonly string[]
  readonly maxUnavailable?: number
  readonly wait?: number
  readonly resume?: boolean
  readonly json?: boolean
}

const at = '--server nats://127.0.0.1:4222 --fleet lab'

/** Adds `apply`, `status`, `diff` and `remove` to `fleet`. What they need is loaded when they run. */
export function addDesiredCommands(fleet: Command, output: StandardOutput, exitWith: (code: number) => void): void {
  const waitOption = (): Option =>
    new Option('--wait <duration>', 'how long a node that is there may take: 500ms, 10s, 5m (default: 30s)').argParser(
      (text) => parseDuration('--wait', text),
    )

  withServerOptions(fleet.command('apply'))
    .description('Desire the entries of a file on nodes of a fleet, and wait until they have them.')
    .option('--file <file>', 'desired entries, YAML or JSON, as the files of rtnl agent')
    .addOption(
      new Option('--node <glob...>', 'names of nodes: leaf*, rack[1-4]-{a,b}').argParser(
        collecting((pattern: string) => pattern),
      ),
    )
    .option('--name <name>', 'the name of the set (default: that of the file)')
    .addOption(
      new Option('--max-unavailable <count>', 'nodes without the new version at a time; stops if one fails').argParser(
        parseCount,
      ),
    )
    .option('--resume', 'go on with a rollout that stopped; needs --name')
    .addOption(waitOption())
    .option('--json', 'print one JSON object: set, version, stopped, nodes')
    .addHelpText(
      'after',
      `${examples(
        `rtnl fleet apply ${at} --file ours.yaml --node "leaf*"`,
        `rtnl fleet apply ${at} --file ours.yaml --node "leaf*" --max-unavailable 2`,
        `rtnl fleet apply ${at} --resume --name ours --max-unavailable 2`,
      )}
A node that is away catches up when it is there. What a node's own files own wins, and is told as a conflict.
Exit codes: 0 all nodes that are there have it; 1 one has not; 2 bad usage or a bad file: nothing was changed.`,
    )
    .action(
      async ({
        file,
        name,
        node,
        maxUnavailable,
        wait,
        resume = false,
        json = false,
        ...rest
      }: RolloutCommandOptions) => {
        const { applySet } = await import('../commands/fleet-desired.ts')
        if (resume === (file !== undefined)) throw new UsageError('--file FILE is needed, or --resume with --name NAME')
        if (resume && (name === undefined || node !== undefined))
          throw new UsageError('--resume needs --name, and takes the nodes that the set has')
        if (!resume && node === undefined) throw new UsageError("--node GLOB is needed: '*' is all")
        const options = { maxUnavailable, patience: wait, json }
        if (!(await applySet({ file, name, nodes: node ?? [] }, rest, options, output))) exitWith(1)
      },
    )

  withServerOptions(fleet.command('status'))
    .description('Print what is desired of a fleet, and how far each node is.')
    .argument('[name]', 'one set; all, unless named')
    .option('--json', 'print a JSON array of sets: set, version, nodes, rollout, reports')
    .addHelpText('after', `${examples(`rtnl fleet status ${at}`, `rtnl fleet status ours ${at} --json`)}\n${exitCodes}`)
    .action(async (name: string | undefined, { json = false, ...rest }: RolloutCommandOptions) => {
      const { printStatus } = await import('../commands/fleet-desired.ts')
      await printStatus(name, rest, json, output)
    })

  withServerOptions(fleet.command('diff'))
    .description('Print what is to be done so that the tables of the nodes hold what a file, or a set, desires.')
    .argument('[name]', 'a set of the fleet, in place of --file')
    .option('--file <file>', 'desired entries, YAML or JSON')
    .addOption(
      new Option('--node <glob...>', 'names of nodes; those of the set, unless given').argParser(
        collecting((pattern: string) => pattern),
      ),
    )
    .option('--json', 'print a JSON array of plans: node, netns, table, add, replace, remove, unchanged')
    .addHelpText(
      'after',
      `${examples(`rtnl fleet diff ours ${at}`, `rtnl fleet diff ${at} --file ours.yaml --node "leaf*" --json`)}
The tables are those that the nodes publish. Nothing is changed.
${exitCodes}`,
    )
    .action(async (name: string | undefined, { file, node, json = false, ...rest }: RolloutCommandOptions) => {
      const { printDifference } = await import('../commands/fleet-diff.ts')
      if ((name === undefined) === (file === undefined)) throw new UsageError('a set is needed, or --file FILE')
      if (file !== undefined && node === undefined) throw new UsageError("--node GLOB is needed: '*' is all")
      await printDifference({ name, file, nodes: node }, rest, json, output)
    })

  withServerOptions(fleet.command('remove'))
    .description('Desire a set no more: the nodes remove exactly what was theirs of it.')
    .argument('<name>', 'the set')
    .addOption(waitOption())
    .option('--json', 'print one JSON object: set, version, stopped, nodes')
    .addHelpText(
      'after',
      `${examples(`rtnl fleet remove ours ${at}`)}
As long as a node that has something of it is away, the set stays, as one that desires nothing. Do it again then.
Exit codes: 0 nothing of it is left on the nodes that are there; 1 something is; 2 bad usage.`,
    )
    .action(async (name: string, { wait, json = false, ...rest }: RolloutCommandOptions) => {
      const { removeSet } = await import('../commands/fleet-desired.ts')
      if (!(await removeSet(name, rest, { patience: wait, json }, output))) exitWith(1)
    })
}
