import type { FleetOptions, SecretFiles } from '@rtnl/fleet'
import { UsageError } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import { collecting } from '../command-options.ts'

/** Which fleet is meant, where its servers are, and what is shown to them. */
export interface ServerChoice extends SecretFiles {
  readonly server: string[]
  readonly fleet: string
}

/**
 * Adds the options of all commands that ask the servers of a fleet. Secrets are files.
 * @param isNeeded whether the command is always about a fleet
 */
export function withServerOptions(command: Command, isNeeded = true): Command {
  return command
    .addOption(
      new Option('--server <url>', 'nats://HOST:PORT, tls://, ws:// or wss://; several for those of a cluster')
        .argParser(collecting((text) => text))
        .makeOptionMandatory(isNeeded),
    )
    .addOption(new Option('--fleet <name>', 'the name of the fleet').makeOptionMandatory(isNeeded))
    .option('--creds <file>', 'credentials of a user, as nsc writes them')
    .option('--nkey <file>', 'the seed of an nkey')
    .option('--token <file>', 'a token')
    .option('--user <name>', 'a user, whose password --password has')
    .option('--password <file>', 'the password of --user')
    .option('--ca <file>', 'PEM: the authorities whose servers are trusted')
    .option('--cert <file>', 'PEM: the certificate that is shown to the server')
    .option('--key <file>', 'PEM: the key of --cert')
}

/**
 * What the options mean for `@rtnl/fleet`.
 * @throws {UsageError} an option lacks another one, or a file cannot be read
 */
export async function serverOptions({ server, fleet, ...files }: ServerChoice): Promise<FleetOptions> {
  for (const [one, other] of [
    ['cert', 'key'],
    ['user', 'password'],
  ] as const)
    if ((files[one] === undefined) !== (files[other] === undefined))
      throw new UsageError(`--${one} and --${other} go together`)
  const { creds, nkey, token, user, password, ca, cert, key } = files
  const { secretsFrom } = await import('@rtnl/fleet')
  try {
    return { servers: server, fleet, nats: await secretsFrom({ creds, nkey, token, user, password, ca, cert, key }) }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
