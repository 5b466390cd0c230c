import { Evpn, type EvpnOptions } from '@rtnl/evpn'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { derivedAnew, shown } from './derived.ts'
import { inNetns, play } from './netns.ts'
import { shownByEvpn, shownByTools } from './tools-view.ts'

/** Changes a kernel, and waits until the collections have followed. */
export type Change = (...lines: readonly string[]) => Promise<void>

/**
 * A test of a scene, in which after each change the collections have to be what is derived anew from the kernel, and what `ip` and
 * `bridge` show.
 */
export function checkedScenario(
  test: Test,
  what: string,
  setup: readonly string[],
  play_: (evpn: Evpn, change: Change, netns: string) => Promise<void>,
  options: EvpnOptions = {},
): void {
  test(what, () =>
    inNetns(setup, async (netns) => {
      await using evpn = await Evpn.open({ netns, ...options })
      const check = async (after: string): Promise<void> => {
        assert.equal(shown(evpn), await derivedAnew(netns, evpn), `${after}: derived anew`)
        assert.equal(shownByEvpn(netns, evpn), shownByTools(netns), `${after}: by the tools`)
      }
      await check('at first')
      await play_(
        evpn,
        async (...lines) => {
          play(netns, ...lines)
          await evpn.waitForSync()
          await check(lines.join('; '))
        },
        netns,
      )
    }),
  )
}
