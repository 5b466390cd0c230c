import process from 'node:process'
import { type Command, Option } from 'commander'
import { collecting, netnsOption } from '../command-options.ts'
import { showEvpn, watchEvpn } from '../commands/evpn.ts'
import { examples } from '../help-texts.ts'
import { isColorful, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { type EvpnCollection, evpnCollections, findEvpnCollection } from '../tables/evpn.ts'
import { UsageError } from '../usage-error.ts'

interface EvpnOptions {
  readonly json?: boolean
  readonly netns?: string
  readonly vni?: number
}

const evpnExamples = examples(
  'rtnl evpn show                   everything, with the reasons of what leads nowhere',
  'rtnl evpn show fdb --vni 100     the remote MACs of a VNI, with paths, shares and IP addresses',
  'rtnl evpn watch groups --json    how Ethernet segments change',
)

const evpnHelp = `${evpnExamples}
Collections:
${evpnCollections.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`

/** Adds `evpn show` and `evpn watch`. */
export function addEvpnCommand(program: Command, output: StandardOutput): void {
  const evpn = program
    .command('evpn')
    .description(
      'Show or follow what an EVPN speaker has told the kernel: VNIs, tunnel endpoints, MACs and their paths.',
    )
    .helpCommand(false)
    .addHelpText('after', evpnExamples)
  const add = (name: string, description: string, json: string, run: typeof showEvpn): void => {
    evpn
      .command(name)
      .description(description)
      .argument('[collections...]', 'which collections; all, unless named', collecting(findEvpnCollection))
      .addOption(netnsOption())
      .addOption(new Option('--vni <number>', 'only entries of this VNI').argParser(parseVni))
      .option('--json', json)
      .addHelpText('after', evpnHelp)
      .action((chosen: EvpnCollection<unknown>[], { json = false, netns, vni }: EvpnOptions) => {
        const paint = paints(isColorful(process.stdout))
        return run(chosen.length === 0 ? evpnCollections : chosen, { json, netns, vni, paint }, output)
      })
  }
  add('show', 'Print collections as they are now.', 'print one object with a JSON array for each collection', showEvpn)
  add(
    'watch',
    'Print the content of collections, then every change as it happens, until interrupted.',
    'print one JSON object a line',
    watchEvpn,
  )
}

const largestVni = 0xffffff

/** @throws {UsageError} there can be no such VNI */
function parseVni(text: string): number {
  const vni = /^\d+$/.test(text) ? Number(text) : -1
  if (vni >= 0 && vni <= largestVni) return vni
  throw new UsageError(`--vni: '${text}' is not a number from 0 to ${largestVni}`)
}
