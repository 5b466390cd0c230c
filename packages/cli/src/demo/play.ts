import { execFile } from 'node:child_process'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { dumpNexthops, type Nexthop, NexthopTable } from '@rtnl/nexthop'
import { type ChangeBatch, Notifier, sameValue } from '@rtnl/notifier'
import { isColorful, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { textLines } from '../output/text-lines.ts'
import { InterfaceNames } from '../tables/interface-names.ts'
import { findTable } from '../tables/registry.ts'
import { ownNamespace, systemEnvironment } from './isolation.ts'
import { type Step, stage, steps } from './scene.ts'

const run = promisify(execFile)

/** Before and after what a step does: for reading along, and where nobody does. */
const pauseMilliseconds = { terminal: 600, pipe: 100 }

/**
 * Plays the scene in the network namespace of the process, shows what the live table says of it, and compares the table
 * with a fresh dump in the end.
 * @param outside the network namespace that must not be touched
 * @throws {Error} this is that namespace, a command failed, or the table differs
 */
export async function playDemonstration(outside: string, output: StandardOutput): Promise<void> {
  if (ownNamespace() === outside) throw new Error('the demonstration was not given a network namespace of its own')
  const paint = paints(isColorful(process.stdout))
  const pause = process.stdout.isTTY ? pauseMilliseconds.terminal : pauseMilliseconds.pipe

  const perform = async ({ title, commands, forwarding }: Step): Promise<void> => {
    await output.write(`\n${paint.strong(title)}\n`)
    for (const command of commands) {
      await output.write(paint.faint(`  $ ${command}\n`))
      await runCommand(command)
    }
    if (forwarding === true) await output.write(forwardingLines(await runCommand('bridge fdb show dev vx100')))
  }

  await perform(stage)
  await using notifier = await Notifier.open()
  await using table = await NexthopTable.open({ notifier })
  const style = { names: await InterfaceNames.follow(notifier), paint }
  const module = findTable('nexthop')
  const followed = (async () => {
    for await (const batch of table.changes({ initial: false })) {
      const told = indent(textLines(batch, module, style))
      await output.write(told + indent(groupLines(table, batch)))
    }
  })()
  followed.catch(() => table.close())

  for (const step of steps) {
    await delay(pause)
    await perform(step)
    await table.fresh()
    // What the table has told by now is printed in the following turns of the event loop.
    await delay(pause)
  }

  const fresh = []
  for await (const batch of dumpNexthops(notifier.connection)) fresh.push(...batch)
  const held = [...table].sort((a, b) => (a.id ?? 0) - (b.id ?? 0))
  if (!sameValue(held, fresh)) throw new Error('the live table differs from a fresh dump: this is a bug')
  await output.write(`\n${paint.strong(`The live table equals a fresh dump: ${held.length} nexthops.`)}\n`)
  table.close()
  await followed
}

async function runCommand(command: string): Promise<string> {
  const [program = '', ...args] = command.split(' ')
  try {
    return (await run(program, args, { env: systemEnvironment() })).stdout
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string }
    const cause = code === 'ENOENT' ? `${program} is not installed (package iproute2)` : stderr?.trim() || String(error)
    throw new Error(`${command}: ${cause}`, { cause: error })
  }
}

/** Where the groups lead that resolve to something else since the batch. */
function groupLines(table: NexthopTable, batch: ChangeBatch<Nexthop>): string {
  return table
    .affected(batch)
    .map((id) => {
      const members = table.resolve(id)
      if (members === undefined) return `  group ${id} is gone\n`
      // A member that is gone is still named until the kernel tells of the group, in its next message.
      const paths = members.filter(({ nexthop }) => nexthop !== undefined)
      if (paths.length === 0) return ''
      const total = paths.reduce((sum, { weight }) => sum + weight, 0)
      const shares = paths.map(({ nexthop, weight }) => `${nexthop?.gateway} (${Math.round((100 * weight) / total)} %)`)
      return `  group ${id} leads to ${shares.join(', ')}\n`
    })
    .join('')
}

/** The entries that lead to groups, as `bridge` prints them. */
function forwardingLines(table: string): string {
  const lines = table.split('\n').filter((line) => line.includes('nhid'))
  return `  the forwarding table of vx100 has\n${lines.map((line) => `    ${line.trimEnd()}\n`).join('')}`
}

function indent(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, '  ')
}
