import { Argument, type Command } from 'commander'
import { examples, exitCodes } from '../help-texts.ts'
import { printable } from '../output/printable.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { completingCommand, completionScripts, type Shell, shells } from './scripts.ts'

/** Adds `completion`, and the command that its scripts call. */
export function addCompletionCommand(program: Command, output: StandardOutput): void {
  program
    .command('completion')
    .description('Print what a shell reads to complete the words of this command.')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      `${examples(
        'source <(rtnl completion bash)                                     in ~/.bashrc',
        'source <(rtnl completion zsh)                                      in ~/.zshrc, behind compinit',
        'rtnl completion fish > ~/.config/fish/completions/rtnl.fish',
      )}
Completed are commands, tables, options, and the values that there are now: interfaces (of --netns, if it stands before),
network namespaces, routing tables, protocols and states.
${exitCodes}`,
    )
    .action((shell: Shell) => output.write(completionScripts[shell]))

  program
    .command(completingCommand, { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      // Loaded when used: other commands start without it.
      const [{ candidates }, { liveValues }] = await Promise.all([
        import('./candidates.ts'),
        import('./live-values.ts'),
      ])
      const found = await candidates(program, words, liveValues)
      await output.write(
        found.map(({ value, about }) => `${printable(value)}\t${about.replaceAll(/\s+/g, ' ')}\n`).join(''),
      )
    })
}
