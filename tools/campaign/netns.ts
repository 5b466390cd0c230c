import { execFileSync, spawnSync } from 'node:child_process'
import { manyLines, sceneLines } from './scene.ts'
import type { Abilities } from './world.ts'

let number = 0

/**
 * Makes a namespace with a scene in it. Returns its name.
 * @param large whether tables have so many entries that a dump takes several datagrams, and can be interrupted
 */
export function makeScene(abilities: Abilities, large: boolean): string {
  const netns = `campaign${process.pid}n${number++}`
  execFileSync('ip', ['netns', 'add', netns])
  // Without duplicate address detection nothing happens a second later, where a container lets us set that.
  const settings = ['all', 'default'].map((name) => `echo 0 > /proc/sys/net/ipv6/conf/${name}/accept_dad`)
  spawnSync('ip', ['netns', 'exec', netns, 'sh', '-c', settings.join('; ')], { stdio: 'ignore' })
  const lines = [...sceneLines(abilities), ...(large ? manyLines() : [])]
  const input = lines.map((line) => `${line.slice('ip '.length)}\n`)
  const { status, stderr } = spawnSync('ip', ['-n', netns, '-batch', '-'], { input: input.join(''), encoding: 'utf8' })
  if (status !== 0) throw new Error(`the scene of the campaign cannot be made: ${stderr}`)
  return netns
}

export function removeScene(netns: string): void {
  for (const name of [netns, `${netns}other0`, `${netns}other1`]) {
    spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
  }
}
