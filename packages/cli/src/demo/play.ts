import { execFile } from 'node:child_process'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type ChangeBatch, changesOf, sameValue } from '@rtnl/live-table'
import { FdbTable } from '@rtnl/neighbor'
import { dumpNexthops, type Nexthop, NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { isColorful, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { textLines } from '../output/text-lines.ts'
import { InterfaceNames } from '../tables/interface-names.ts'
import { findTable } from '../tables/registry.ts'
import { ownNamespace, systemEnvironment } from './isolation.ts'
import { type Step, stage, steps } from './scene.ts'

const run = promisify(execFile)

/** Pauses before and after each step, for a person who reads along, and for a pipe. */
const pauseMilliseconds = { terminal: 600, pipe: 100 }

/**
 * Plays the scene in the network namespace of the process, shows what the live tables of nexthops and of forwarding
 * entries say of it, and compares them with fresh dumps in the end.
 * @param outside the network namespace that must not be touched
 * @throws {Error} this is that namespace, a command failed, or a table differs
 */
export async function playDemonstration(outside: string, output: StandardOutput): Promise<void> {
  if (ownNamespace() === outside) throw new Error('the demonstration was not given a network namespace of its own')
  const paint = paints(isColorful(process.stdout))
  const pause = process.stdout.isTTY ? pauseMilliseconds.terminal : pauseMilliseconds.pipe

  const perform = async ({ title, commands }: Step): Promise<void> => {
    await output.write(`\n${paint.strong(title)}\n`)
    for (const command of commands) {
      await output.write(paint.faint(`  $ ${command}\n`))
      await runCommand(command)
    }
  }

  await perform(stage)
  await using notifier = await Notifier.open()
  await using table = await NexthopTable.open({ notifier })
  await using forwardings = await FdbTable.open({ notifier })
  const style = { names: await InterfaceNames.follow(notifier), paint }
  const followed = (async () => {
    for await (const batch of changesOf([table, forwardings], { initial: false })) {
      const lines = indent(textLines(batch, findTable(batch.table), style))
      const ofNexthops = batch.table === table.definition.name
      await output.write(ofNexthops ? lines + indent(groupLines(table, batch as ChangeBatch<Nexthop>)) : lines)
    }
  })()
  followed.catch(() => notifier.close())

  for (const step of steps) {
    await delay(pause)
    await perform(step)
    await Promise.all([table.waitForSync(), forwardings.waitForSync()])
    // The following turns of the event loop print the changes that the table has reported by now.
    await delay(pause)
  }

  const nexthops: Nexthop[] = []
  for await (const batch of dumpNexthops(notifier.connection)) nexthops.push(...batch)
  await using fresh = await FdbTable.open()
  const differs = !sameEntries(table, nexthops) || !sameEntries(forwardings, fresh)
  if (differs) throw new Error('the live tables differ from fresh ones: this is a bug')
  const counts = `${table.size} nexthops and ${forwardings.size} forwarding entries`
  await output.write(`\n${paint.strong(`The live tables equal fresh dumps: ${counts}.`)}\n`)
  table.close()
  forwardings.close()
  await followed
}

/** Whether there are the same entries, in whatever order. */
function sameEntries(one: Iterable<unknown>, other: Iterable<unknown>): boolean {
  const sorted = (entries: Iterable<unknown>): string[] => [...entries].map((entry) => JSON.stringify(entry)).sort()
  return sameValue(sorted(one), sorted(other))
}

async function runCommand(command: string): Promise<void> {
  const [program = '', ...args] = command.split(' ')
  try {
    await run(program, args, { env: systemEnvironment() })
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
      // The group names a deleted member until the kernel announces the group, in its next message.
      const paths = members.filter(({ nexthop }) => nexthop !== undefined)
      if (paths.length === 0) return ''
      const total = paths.reduce((sum, { weight }) => sum + weight, 0)
      const shares = paths.map(({ nexthop, weight }) => `${nexthop?.gateway} (${Math.round((100 * weight) / total)} %)`)
      return `  group ${id} leads to ${shares.join(', ')}\n`
    })
    .join('')
}

function indent(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, '  ')
}
