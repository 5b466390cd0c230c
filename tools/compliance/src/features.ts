import { spawnSync } from 'node:child_process'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from './tools.ts'

/** Lines of which a kernel without a feature refuses the last one, and what `ip` says then. */
const features = {
  'VLANs of bridges': {
    lines: ['ip link add name probe type bridge', 'ip link set dev probe type bridge vlan_filtering 1'],
    refusal: 'Operation not supported',
  },
  'VLAN devices': {
    lines: ['ip link add name probe type bridge', 'ip link add link probe name probe5 type vlan id 5'],
    refusal: 'Unknown device type',
  },
  VRFs: { lines: ['ip link add name probe type vrf table 10'], refusal: 'Unknown device type' },
  bonds: { lines: ['ip link add name probe type bond'], refusal: 'Unknown device type' },
} as const

export type Feature = keyof typeof features

/** What `ip` says to the last line of a feature; `undefined` where the kernel has it. */
function refusalOf(feature: Feature): string | undefined {
  const { lines } = features[feature]
  const netns = `probe${process.pid}`
  spawnSync('ip', ['netns', 'add', netns])
  try {
    run(netns, lines.slice(0, -1))
    const words = lines.at(-1)?.split(' ').slice(1) ?? []
    const { status, stderr } = spawnSync('ip', ['-n', netns, ...words], { encoding: 'utf8' })
    return status === 0 ? undefined : stderr
  } finally {
    spawnSync('ip', ['netns', 'del', netns])
  }
}

/** Defines tests where the kernel has some features. Where it lacks one there is a test of how it refuses that instead. */
export function whereThereAre(tests: Test, needed: readonly Feature[], define: () => void): void {
  for (const feature of needed) {
    const said = refusalOf(feature)
    if (said === undefined) continue
    tests(`not applicable: this kernel has no ${feature}`, () => assert.match(said, features[feature].refusal))
    return
  }
  define()
}
