import type { Command } from 'commander'
import { examples, exitCodes } from '../help-texts.ts'
import type { StandardOutput } from '../output/standard-output.ts'

interface AgentCommandOptions {
  readonly config?: string
  readonly check?: boolean
}

/** Adds `agent`. What it needs is loaded when it runs. */
export function addAgentCommand(program: Command, output: StandardOutput): void {
  program
    .command('agent')
    .description('One process a node: follow tables in namespaces, keep desired entries, serve metrics and health.')
    .option('--config <file>', 'its configuration, YAML or JSON (default: /etc/rtnl/agent.yaml, if it exists)')
    .option('--check', 'only check the configuration and the files of desired entries')
    .addHelpText(
      'after',
      `${examples('rtnl agent', 'rtnl agent --config agent.yaml --check', 'curl http://127.0.0.1:9479/readyz')}
SIGHUP reads the configuration again; what stays as it was is not interrupted. SIGTERM and SIGINT end the agent; what it
put in stays. /status, /readyz, /healthz and /metrics say how it is.
${exitCodes}`,
    )
    .action(async ({ config, check = false }: AgentCommandOptions) => {
      const { agent } = await import('../commands/agent.ts')
      await agent({ config, check }, output)
    })
}
