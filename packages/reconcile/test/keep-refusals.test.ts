import { setImmediate as turn } from 'node:timers/promises'
import { answer } from '@rtnl/netlink-core/testing'
import { type Cause, ContestedError, keep, UnmetError } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { many, withKeeping } from './support/controller.ts'
import { type Path, PathKernel, PathType, path, pathRules, textsOf } from './support/paths.ts'
import { until } from './support/wait.ts'

const refusals = suite('keep: refusals')

/** Milliseconds until what was refused once is tried again. */
const firstPause = 250

refusals('what is refused is listed and tried again, and the others go through', () =>
  withKeeping([], [], async (controller, kernel) => {
    let refusing = true
    kernel.refuses = ({ prefix }) =>
      refusing && prefix === 5 ? answer.error(100, { text: 'Nexthop has invalid gateway' }) : undefined
    await controller.assign(many(10, 'a'))
    await controller.idle()
    assert.is(kernel.entries.length, 9)
    assert.equal(
      controller.failed.map(({ entry, error }) => [entry, error.message]),
      [[path(5, 'a'), 'add path 5: Nexthop has invalid gateway (ENETDOWN)']],
    )
    // It does not stop the others later either.
    kernel.log.length = 0
    controller.set({ prefix: 20, via: 'a' })
    await controller.idle()
    assert.ok(kernel.lists.has(20))
    refusing = false
    await until(() => kernel.lists.has(5), 'it is in once the kernel takes it')
    await controller.idle()
    assert.equal(controller.failed, [])
    assert.ok(kernel.log.filter((line) => line === 'add 5 via a').length <= 3, 'it was not tried all the time')
  }),
)

refusals('what the kernel takes and does not show is listed, and does not make it spin', () =>
  withKeeping([], [], async (controller, kernel) => {
    const tries: number[] = []
    kernel.refuses = ({ prefix }) => {
      if (prefix !== 5) return undefined
      tries.push(performance.now())
      return answer.ack()
    }
    await controller.assign(many(10, 'a'))
    await controller.idle()
    assert.equal(
      controller.failed.map(({ entry }) => entry),
      [path(5, 'a')],
    )
    assert.instance(controller.failed[0]?.error, UnmetError)
    await until(() => tries.length >= 2, 'it is tried again')
    const pause = tries[1]! - tries[0]!
    assert.ok(pause > firstPause - 1, `it was tried again after ${pause} ms`)
  }),
)

refusals('whoever undoes every change is not outrun', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [], async (controller, kernel) => {
    let undone = performance.now()
    let contesting = true
    const pauses: number[] = []
    const undo = (): void => {
      undone = performance.now()
      kernel.put(path(1, 'z'))
    }
    kernel.did = ({ prefix }, type) => {
      if (prefix !== 1 || type !== PathType.NEW) return
      pauses.push(performance.now() - undone)
      if (contesting) setImmediate(undo)
    }
    undo()
    await until(() => controller.failed[0]?.error instanceof ContestedError, 'it is told')
    contesting = false
    assert.match(
      controller.failed[0]?.error.message ?? '',
      /^path 1: somebody else undoes it as often as it is written/,
    )
    assert.equal(
      controller.waiting.map(({ cause, count }) => [cause, count]),
      [
        [
          'somebody else, which undoes what is written here; give each program a protocol, table or interface of its own',
          1,
        ],
      ],
    )
    assert.is(pauses.length, 5, 'so often it was put back at once')
    // The others are healed at once all the same.
    kernel.take(path(2, 'a'))
    await until(() => kernel.lists.has(2), 'another entry is back')
    await until(() => controller.failed.length === 0, 'it is put back in the end')
    assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'a')]))
    assert.is(pauses.length, 6)
    assert.ok(pauses[5]! > firstPause - 1, `it was put back after ${pauses[5]} ms`)
  }),
)

refusals('a contest is told once, and not at each attempt', async () => {
  const told: (readonly string[])[] = []
  await withKeeping(
    [path(1, 'a')],
    [],
    async (controller, kernel) => {
      let undoings = 0
      kernel.did = ({ prefix }, type) => {
        if (prefix === 1 && type === PathType.NEW && undoings++ < 8) setImmediate(() => kernel.put(path(1, 'z')))
      }
      kernel.put(path(1, 'z'))
      await until(() => undoings === 9 && controller.failed.length === 0, 'it is put back in the end')
      assert.equal(kernel.texts, textsOf([path(1, 'a')]))
      // Who does it again finds the same contest.
      assert.is(controller.waiting.length, 1)
      assert.is(told.length, 1)
      assert.match(told[0]?.join() ?? '', /^1 somebody else, which undoes/)
      await controller.assign([])
      await controller.idle()
      await until(() => told.length === 2, 'it is over where nothing is desired any more')
      assert.equal(told[1], [])
    },
    { onWaiting: (causes) => told.push(causes.map(({ cause, count }) => `${count} ${cause}`)) },
  )
})

/** A kernel in which paths 1, 2, 3, ... need a thing, and the rules that say so. */
class ThingKernel extends PathKernel {
  /** `undefined`: nobody knows, and only the kernel tells. */
  state: boolean | undefined = false
  /** What is known of it; the state unless told. */
  known: { state: boolean | undefined } | undefined
  tries = 0
  #changed: ((need: string) => void) | undefined
  readonly watched: string[] = []

  constructor() {
    super()
    this.refuses = () => {
      if (this.state === true) return undefined
      this.tries++
      return answer.error(100, { text: 'Nexthop device is not up' })
    }
  }

  change(state: boolean | undefined): void {
    this.state = state
    this.#changed?.('thing 7')
  }

  readonly rules: typeof pathRules = {
    ...pathRules,
    needs: () => ['thing 7'],
    dependencies: [
      {
        kinds: ['thing'],
        follow: async (_notifier, changed) => {
          this.#changed = changed
          return {
            isMet: () => (this.known ?? this).state,
            fresh: async () => {
              this.known = undefined
            },
            describe: (need) => `${need}, which is ${this.state === false ? 'down' : 'up'}`,
            watch: (need) => void this.watched.push(`+${need}`),
            unwatch: (need) => void this.watched.push(`-${need}`),
            close: () => void this.watched.push('closed'),
          }
        },
      },
    ],
  }
}

/** Runs a test in which no pause ever ends: what is tried again is so for another reason. */
async function withoutTime(test: () => Promise<void>): Promise<void> {
  const { now } = performance
  const stopped = now.call(performance)
  performance.now = () => stopped
  try {
    await test()
  } finally {
    performance.now = now
  }
}

refusals('what waits for something is tried when that changes, and not before', () =>
  withoutTime(async () => {
    const kernel = new ThingKernel()
    const controller = await keep(kernel.rules, many(3, 'a'), { transports: kernel })
    assert.is(kernel.tries, 1, 'the others are not even sent')
    assert.equal(kernel.watched, ['+thing 7'], 'once for however many entries')
    assert.equal(
      controller.waiting.map(({ cause, count, partial }) => [cause, count, partial]),
      [['thing 7, which is down', 3, false]],
    )
    // It is still down: nothing is tried.
    kernel.change(false)
    await controller.idle()
    assert.is(kernel.tries, 1)
    kernel.change(true)
    while (kernel.lists.size < 3) await turn()
    await controller.idle()
    assert.equal(controller.waiting, [])
    controller.close()
    assert.equal(kernel.watched, ['+thing 7', '-thing 7', 'closed'])
    assert.equal(kernel.sockets(), [])
  }),
)

refusals('an entry that was refused for what is not known yet waits for just that', () =>
  withoutTime(async () => {
    const kernel = new ThingKernel()
    kernel.known = { state: true }
    const told: string[][] = []
    const onWaiting = (causes: readonly Cause<Path>[]): void => void told.push(causes.map(({ cause }) => cause))
    await using controller = await keep(kernel.rules, [path(1, 'a')], { transports: kernel, onWaiting })
    assert.is(kernel.tries, 1)
    assert.equal(told, [['thing 7, which is down']])
    kernel.change(true)
    while (!kernel.lists.has(1)) await turn()
    await controller.idle()
    assert.equal(controller.waiting, [])
  }),
)

refusals('where nobody knows whether it is there, each change of it is a reason to try', () =>
  withoutTime(async () => {
    const kernel = new ThingKernel()
    kernel.state = undefined
    await using controller = await keep(kernel.rules, [path(1, 'a')], { transports: kernel })
    assert.is(kernel.tries, 1)
    assert.equal(
      controller.waiting.map(({ cause }) => cause),
      ['Nexthop device is not up (ENETDOWN)'],
    )
    kernel.change(undefined)
    while (kernel.tries < 2) await turn()
  }),
)

refusals('what is known to be missing is not tried for each of very many', () =>
  withoutTime(async () => {
    const kernel = new ThingKernel()
    kernel.state = true
    await using controller = await keep(kernel.rules, many(5000, 'a'), { transports: kernel })
    assert.is(kernel.lists.size, 5000)
    kernel.change(false)
    for (const entry of kernel.entries) kernel.take(entry)
    await controller.table.waitForSync()
    await controller.idle()
    assert.is(kernel.tries, 0)
    assert.equal(
      controller.waiting.map(({ cause, count, error }) => [cause, count, error.name]),
      [['thing 7, which is down', 5000, 'WaitingError']],
    )
    kernel.change(true)
    while (kernel.lists.size < 5000) await turn()
  }),
)

refusals('is told when it changes: each cause once, with a count', async () => {
  const kernel = new ThingKernel()
  const told: string[] = []
  const onWaiting = (causes: readonly Cause<Path>[]): void =>
    void told.push(causes.map(({ cause, count }) => `${count}: ${cause}`).join('; '))
  await using controller = await keep(kernel.rules, many(1000, 'a'), { transports: kernel, onWaiting })
  kernel.change(true)
  await controller.idle()
  await until(() => told.length === 2, 'that it has ended is told too')
  assert.equal(told, ['1000: thing 7, which is down', ''])
})

refusals.run()
