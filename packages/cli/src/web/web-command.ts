import { UsageError } from '@rtnl/tables'
import type { TlsFiles } from '@rtnl/web'
import { type Command, Option } from 'commander'
import { netnsOption } from '../command-options.ts'
import type { Listen } from '../commands/web.ts'
import { type ServerChoice, withServerOptions } from '../fleet/server-options.ts'
import { examples, exitCodesOfWatch } from '../help-texts.ts'
import type { StandardOutput } from '../output/standard-output.ts'

interface WebCommandOptions extends Partial<ServerChoice> {
  readonly listen?: Listen
  readonly netns?: string
  readonly tokenFile?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsClientCa?: string
}

const usual = { host: '127.0.0.1', port: 9480 }

/** Adds `web`. What it needs is loaded when it runs. */
export function addWebCommand(program: Command, output: StandardOutput): void {
  withServerOptions(program.command('web'), false)
    .description('Serve a web page that shows tables and what changes in them, until interrupted. It changes nothing.')
    .addOption(netnsOption())
    .addOption(
      new Option(
        '--listen <address:port>',
        `where; port 0 is any that is free (default: ${usual.host}:${usual.port})`,
      ).argParser(parseListen),
    )
    .option('--token-file <file>', 'the token that has to be shown is in this file')
    .option('--tls-cert <file>', 'serve HTTPS with this certificate, in PEM')
    .option('--tls-key <file>', 'the key of the certificate, in PEM')
    .option('--tls-client-ca <file>', 'only clients with a certificate of this authority, in PEM')
    .addHelpText(
      'after',
      `${examples(
        'rtnl web',
        'rtnl web --netns blue --listen 127.0.0.1:0',
        'rtnl web --server nats://127.0.0.1:4222 --fleet lab',
        'rtnl web --listen 192.0.2.1:9480 --token-file token --tls-cert cert.pem --tls-key key.pem',
      )}
With --fleet it shows the tables of all nodes of a fleet, which --server has, and no table of this machine.
On addresses that others reach it serves only with --token-file or --tls-client-ca.
${exitCodesOfWatch}`,
    )
    .action(
      async ({ listen = usual, netns, tokenFile, tlsCert, tlsKey, tlsClientCa, ...choice }: WebCommandOptions) => {
        const tls = tlsFiles(tlsCert, tlsKey, tlsClientCa)
        const fleet = fleetOf(choice)
        if (fleet !== undefined && netns !== undefined) {
          throw new UsageError(
            '--netns is for the tables of this machine; of a fleet, search for netns:NAME in the page',
          )
        }
        const { web } = await import('../commands/web.ts')
        await web({ listen, shown: fleet ?? { netns }, tokenFile, tls }, output)
      },
    )
}

/** @throws {UsageError} a fleet without a server, or the other way round */
function fleetOf({ server, fleet, ...secrets }: Partial<ServerChoice>): ServerChoice | undefined {
  if (server !== undefined && fleet !== undefined) return { server, fleet, ...secrets }
  if (server === undefined && fleet === undefined && Object.keys(secrets).length === 0) return undefined
  throw new UsageError('--server and --fleet go together')
}

/** @throws {UsageError} it is not an address and a port */
function parseListen(text: string): Listen {
  const [, inBrackets, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = inBrackets ?? plain
  const port = Number(digits)
  if (host !== undefined && port <= 65_535) return { host, port }
  throw new UsageError(`--listen: '${text}' is not an address and a port such as 127.0.0.1:9480 or [::1]:9480`)
}

/** @throws {UsageError} a file is missing that another one needs */
function tlsFiles(
  cert: string | undefined,
  key: string | undefined,
  clientCa: string | undefined,
): TlsFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa }
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  throw new UsageError('HTTPS needs both --tls-cert and --tls-key')
}
