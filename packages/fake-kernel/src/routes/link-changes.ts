import { NexthopFlag, RouteScope } from '@rtnl/netlink-core'
import { RouteTableId } from '@rtnl/route'
import type { FakeLink } from '../links/link.ts'
import type { LinkEvent } from '../links/link-events.ts'
import type { Fib } from './fib.ts'
import type { FibInfo, FibPath } from './fib-info.ts'

const { DEAD, LINKDOWN } = NexthopFlag
/** No path has this scope: none is spared. */
const noScope = -1

/**
 * Marks the ways over an interface that went down or lost its carrier (`fib_sync_down_dev`), and removes the routes of which
 * no way is left. Nothing of it is announced.
 * @param force ways to the addresses of the interface too
 */
export function takeDown(fib: Fib, event: Exclude<LinkEvent, 'up'>, link: FakeLink, force: boolean): void {
  const spared = force ? noScope : RouteScope.NOWHERE
  const marks = event === 'change' ? LINKDOWN : DEAD | LINKDOWN
  let found = false
  for (const info of fib.infos()) {
    if (!info.paths.some((path) => path.link === link)) continue
    if (countDead(info, { event, link, spared, marks }) !== info.paths.length) continue
    info.flags |= marks
    found = true
  }
  if (found) fib.flush()
}

interface Marking {
  readonly event: LinkEvent
  readonly link: FakeLink
  readonly spared: number
  readonly marks: number
}

function countDead({ paths }: FibInfo, { event, link, spared, marks }: Marking): number {
  let dead = 0
  for (const path of paths) {
    if ((path.flags & DEAD) !== 0) {
      dead++
    } else if (path.link === link && path.scope !== spared) {
      path.flags |= marks
      dead++
    }
    // A route goes as a whole when an interface of it is deleted.
    if (event === 'unregister' && path.link === link) return paths.length
  }
  return dead
}

/** Takes marks away from the ways over an interface (`fib_sync_up`). */
export function bringUp(fib: Fib, link: FakeLink, mark: number): void {
  if (!link.isUp) return
  const marks = (mark & DEAD) !== 0 && link.isRunning ? mark | LINKDOWN : mark
  for (const info of fib.infos()) {
    if (!info.paths.some((path) => path.link === link)) continue
    const alive = info.paths.filter((path) => revive(path, link, marks)).length
    if (alive > 0) info.flags &= ~marks
  }
}

function revive(path: FibPath, link: FakeLink, marks: number): boolean {
  if ((path.flags & marks) === 0) return true
  if (path.link !== link) return false
  path.flags &= ~marks
  return true
}

/** Marks the routes of the main table whose preferred source is no address any more (`fib_sync_down_addr`). */
export function loseSource(fib: Fib, source: number): void {
  let found = false
  for (const info of fib.infos()) {
    if (source === 0 || info.preferredSource !== source || info.table !== RouteTableId.MAIN) continue
    info.flags |= DEAD
    info.hasLostSource = true
    found = true
  }
  if (found) fib.flush()
}
