import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AnyTable, changesOf } from '@rtnl/live-table'
import { deferred, onAbort } from '@rtnl/netlink-core/internal'
import type { TableActivity } from '@rtnl/tables'
import type { StandardOutput } from '../output/standard-output.ts'
import { FullScreen } from './full-screen.ts'
import type { Screen, Size } from './screens/screen.ts'
import type { TopApp } from './top-app.ts'

/** How long a screen stays, in milliseconds, unless a key is pressed. */
const longest = 250
/** How long it stays in any case: a key that is held down is no reason to do nothing but draw. */
const shortest = 50

/**
 * Counts changes, draws screens at a fixed rate and obeys keys, until one of these or a signal ends it.
 * @param frame makes the lines of a screen
 * @throws the error that ended a table
 */
export async function runTop(
  app: TopApp,
  tables: readonly AnyTable[],
  model: TableActivity,
  frame: (screen: Screen, size: Size) => readonly string[],
  output: StandardOutput,
  stop: AbortSignal,
): Promise<void> {
  const quit = new AbortController()
  const end = (): void => quit.abort()
  onAbort(stop, end)
  const pace = new Pace()
  using screen = new FullScreen(output, {
    key(key) {
      const result = app.press(key)
      if (result === 'quit') end()
      else if (result === 'suspend') screen.suspend()
      else pace.hurry()
    },
    redraw: () => pace.hurry(),
    ended: end,
  })
  onAbort(quit.signal, () => pace.hurry())

  const count = async (): Promise<void> => {
    for await (const batch of changesOf(tables, { initial: false, signal: quit.signal })) model.count(batch)
  }
  const draw = async (): Promise<void> => {
    while (!quit.signal.aborted) {
      const { size } = screen
      await screen.draw(frame(app.screen(size), size), quit.signal)
      await pace.next()
    }
  }
  const failures: unknown[] = []
  const task = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      // What ends because the other has ended has not failed.
      if (!quit.signal.aborted) failures.push(error)
    }
    end()
  }
  await Promise.all([task(count), task(draw)])
  if (failures.length > 0) throw failures[0]
}

/** When the next screen is drawn. */
class Pace {
  #wake: (() => void) | undefined
  #isHurried = false

  /** Draws soon. */
  hurry(): void {
    this.#isHurried = true
    this.#wake?.()
  }

  /** Resolves when it is time. */
  async next(): Promise<void> {
    await sleep(shortest)
    if (!this.#isHurried) {
      const { promise, resolve } = deferred()
      const timer = setTimeout(resolve, longest - shortest)
      this.#wake = resolve
      await promise
      clearTimeout(timer)
    }
    this.#isHurried = false
  }
}
