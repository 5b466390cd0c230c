import { type EvpnCollection, evpnCollections, findEvpnCollection, UsageError } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import { collecting, type LineOptions, lineStyle, netnsOption, withLineOptions } from '../command-options.ts'
import { showEvpn, watchEvpn } from '../commands/evpn.ts'
import { examples, exitCodes, exitCodesOfWatch } from '../help-texts.ts'
import { isColorful, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'

interface EvpnOptions extends LineOptions {
  readonly netns?: string
  readonly vni?: number
}

const collectionsHelp = `
Collections:
${evpnCollections.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}
`

const evpnHelp = `${examples(
  'rtnl evpn show                   everything, with the reasons of what leads nowhere',
  'rtnl evpn watch groups --json    how Ethernet segments change',
  'rtnl evpn show --help            the options',
)}${collectionsHelp}
${exitCodes}`

const showHelp = `${examples(
  'rtnl evpn show',
  'rtnl evpn show fdb --vni 100                what is remote in a VNI, and by which paths',
  'rtnl evpn show unresolved notices           what leads nowhere, or is not as a speaker means it',
  'rtnl evpn show groups --json --netns blue',
)}${collectionsHelp}
A line has paths with weights and shares of the traffic, the IP addresses of a MAC, the time since the entry was made or
changed, and what is wrong. A VNI that does not exist has no entries.
${exitCodes}`

const watchHelp = `${examples(
  'rtnl evpn watch',
  'rtnl evpn watch groups vteps --vni 100      how Ethernet segments converge',
  'rtnl evpn watch --json --netns blue',
)}${collectionsHelp}
In text a line begins with + (added), ~ (changed), - (removed) or = (a collection is complete). In brackets stands how a
change was learned, if not by a notification. A change of a group is also one of each MAC behind it.
${exitCodesOfWatch}`

/** Adds `evpn show` and `evpn watch`. */
export function addEvpnCommand(program: Command, output: StandardOutput): void {
  const evpn = program
    .command('evpn')
    .description(
      'Show or follow what an EVPN speaker has told the kernel: VNIs, tunnel endpoints, MACs and their paths.',
    )
    .helpCommand(false)
    .addHelpText('after', evpnHelp)
  const add = (name: string, description: string, json: string, help: string): Command =>
    evpn
      .command(name)
      .description(description)
      .argument('[collections...]', 'which collections; all, unless named', collecting(findEvpnCollection))
      .addOption(netnsOption())
      .addOption(new Option('--vni <number>', 'only entries of this VNI').argParser(parseVni))
      .option('--json', json)
      .addHelpText('after', help)
  add(
    'show',
    'Print collections as they are now.',
    'print one object with a JSON array for each collection',
    showHelp,
  ).action((chosen: EvpnCollection<unknown>[], { json = false, netns, vni }: EvpnOptions) => {
    const paint = paints(isColorful(output.stdout))
    return showEvpn(chosen.length === 0 ? evpnCollections : chosen, { json, netns, vni, paint }, output)
  })
  withLineOptions(
    add(
      'watch',
      'Print the content of collections, then every change as it happens, until interrupted.',
      'print one JSON object a line',
      watchHelp,
    ),
  ).action((chosen: EvpnCollection<unknown>[], { netns, vni, ...lines }: EvpnOptions) =>
    watchEvpn(chosen.length === 0 ? evpnCollections : chosen, { style: lineStyle(lines), netns, vni }, output),
  )
}

const largestVni = 0xffffff

/** @throws {UsageError} there can be no such VNI */
function parseVni(text: string): number {
  const vni = /^\d+$/.test(text) ? Number(text) : -1
  if (vni >= 0 && vni <= largestVni) return vni
  throw new UsageError(`--vni: '${text}' is not a number from 0 to ${largestVni}`)
}
