import { ClosedError, Errno, NetlinkError, TimeoutError } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import { virtualTime } from '../virtual/time.ts'
import { Actions } from './actions.ts'
import { Choices, type Cuts, type FaultKind, noCuts } from './choices.ts'
import { ControllerProgram } from './controller-program.ts'
import { FollowerProgram } from './follower-program.ts'
import { ScheduledKernel } from './kernel.ts'
import { KernelOperations } from './kernel-operations.ts'
import type { ProgramHost } from './program-host.ts'
import { Promises } from './promises.ts'
import { Aborted, Signals } from './signals.ts'

export interface ScheduleResult {
  readonly seed: number
  /** What is wrong; `undefined` if nothing is. */
  readonly problem: string | undefined
  readonly steps: number
  readonly operations: number
  readonly faults: number
  readonly injected: Partial<Record<FaultKind, number>>
  /** A number that is the same for the same steps. */
  readonly trace: number
  /** The steps, if they were asked for. */
  readonly lines: readonly string[]
}

/** Steps after which a schedule that does not come to rest has failed. */
const mostSteps = 40_000
/** Milliseconds of virtual time in which everything has to come to rest once no faults are injected any more. */
const longestRest = 3_600_000
const refusals: readonly number[] = [Errno.EBUSY, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM, Errno.ENODEV, Errno.ENOBUFS]

/** Once everything that waits in the queue of microtasks has run. Taken from the runtime: the code under test has another one. */
const turn = (): Promise<void> => new Promise((resolve) => void globalThis.setImmediate(resolve))

const broken = new NetlinkError(Errno.EIO, { operation: 'receive' })

/** One run of the library against the kernel of code. All that happens in it follows from its seed. */
export class Schedule implements ProgramHost {
  readonly seed: number
  readonly choices: Choices
  readonly kernel: ScheduledKernel
  readonly signals: Signals
  readonly promises: Promises
  readonly operations: KernelOperations
  step = 0
  readonly #followers: FollowerProgram
  readonly #controllers: ControllerProgram
  readonly #traced: boolean
  readonly #lines: string[] = []
  readonly #actions: Actions
  #hash = 0x811c9dc5
  #problem: string | undefined
  #left: number
  #isBroken = false
  #hasStalled = false
  /** Done so many microtasks into the next turn of the library. */
  #soon: { ticks: number; readonly act: () => void }[] = []

  constructor(seed: number, cuts: Cuts = noCuts, traced = false) {
    this.seed = seed
    this.#traced = traced
    const log = (line: string): void => this.log(line)
    const problem = (text: string): void => this.problem(text)
    this.choices = new Choices(seed, cuts, log)
    const { order } = this.choices
    virtualTime.reset()
    virtualTime.traced = traced
    virtualTime.perLook = order.pick([0, 0, 0.01, 1, 4])
    virtualTime.random = () => order.next()
    virtualTime.uncaught = (error) => this.problem(`uncaught: ${text(error)}`)
    this.kernel = new ScheduledKernel(`kernel of schedule ${seed}`, this.choices, log)
    this.signals = new Signals(traced)
    this.promises = new Promises((error) => this.isExpected(error), log, problem)
    this.operations = new KernelOperations(this.kernel, this.choices, () => this.step)
    this.#followers = new FollowerProgram(this)
    this.#controllers = new ControllerProgram(this)
    this.kernel.onLoss = (socket) => this.#followers.lost(socket)
    this.#actions = new Actions(this.kernel, order, {
      kernel: () => this.#operate(() => this.operations.operate()),
      program: () =>
        this.#operate(() => {
          if (this.choices.operations.chance(0.6)) this.#followers.operate()
          else this.#controllers.operate()
        }),
    })
    this.#left = 10 + order.below(60)
  }

  async run(): Promise<ScheduleResult> {
    this.#followers.begin()
    await turn()
    while (this.#left > 0 && this.#goesOn) await this.#next(true)
    this.choices.calm = true
    await this.#untilQuiet()
    await this.#followers.settle()
    await this.#controllers.settle()
    await this.#untilQuiet()
    if (this.#goesOn) this.#check()
    this.#followers.close()
    this.#controllers.close()
    await this.#untilQuiet()
    if (this.#goesOn) this.#checkEnd()
    const { injected, faultCount, operationCount } = this.choices
    return {
      seed: this.seed,
      problem: this.#problem,
      steps: this.step,
      operations: operationCount,
      faults: faultCount,
      injected,
      trace: this.#hash,
      lines: this.#lines,
    }
  }

  log(line: string): void {
    let hash = this.#hash
    for (let at = 0; at < line.length; at++) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193)
    this.#hash = hash >>> 0
    if (this.#traced) this.#lines.push(`${this.step} at ${virtualTime.now.toFixed(2)} ms: ${line}`)
  }

  /** The first one counts. */
  problem(what: string): void {
    this.log(`problem: ${what}`)
    this.#problem ??= what
  }

  /** Whether an error follows from what was injected. */
  isExpected(error: unknown): boolean {
    if (error instanceof ClosedError || error instanceof Aborted) return true
    if (error instanceof TimeoutError) return this.#hasStalled
    if (error === broken) return true
    return error instanceof NetlinkError && refusals.includes(error.errno) && this.choices.faultCount > 0
  }

  /** The notifier that programs share, if it is open. */
  get notifier(): Notifier | undefined {
    return this.#followers.notifier
  }

  /** Sockets were made to break. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Does something now, or in the midst of the next turn of the library. */
  atSomePoint(act: () => void): void {
    const { order } = this.choices
    if (order.chance(0.4)) act()
    else this.#soon.push({ ticks: order.below(14), act })
  }

  /** Lets things happen until a condition holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await turn()
    while (!condition() && this.#goesOn) {
      if (!(await this.#next(false)))
        this.problem(`nothing more can happen, and not: ${what}; pending: ${this.promises.pending}`)
    }
  }

  /** Lets things happen until nothing more can, however long timers take. */
  async #untilQuiet(): Promise<void> {
    await turn()
    const end = virtualTime.now + longestRest
    while (this.#goesOn && (await this.#next(false))) {
      if (virtualTime.now > end) this.problem(`it does not come to rest; timers: ${this.#timers}`)
    }
  }

  get #goesOn(): boolean {
    if (this.step >= mostSteps) this.problem(`it does not come to rest in ${mostSteps} steps`)
    return this.#problem === undefined
  }

  get #timers(): string {
    return virtualTime.timers.map(({ due, origin }) => `${due} ${origin ?? ''}`).join('\n')
  }

  /** @returns whether anything could happen */
  async #next(operates: boolean): Promise<boolean> {
    this.step++
    const { choices } = this
    if (operates) this.#injectInto()
    const actions = this.#actions.list(operates)
    let total = 0
    for (const { weight } of actions) total += weight
    let at = choices.order.next() * total
    const action = actions.find(({ weight }) => {
      at -= weight
      return at < 0
    })
    if (action === undefined) {
      const due = virtualTime.nextDue
      if (due === Number.POSITIVE_INFINITY) {
        if (this.#soon.length === 0) return false
        this.#startSoon()
        await turn()
        return true
      }
      this.log('timer')
      this.#startSoon()
      virtualTime.runTimer(due)
      await turn()
      return true
    }
    this.log(action.name)
    if (action.callsLibrary) this.#startSoon()
    action.run()
    if (action.callsLibrary) await turn()
    return true
  }

  #injectInto(): void {
    const { choices } = this
    if (choices.fault('stalled', 0.0005)) {
      this.#hasStalled = true
      virtualTime.now += 100_000
    }
    if (choices.fault('socket broken', 0.0005)) {
      const socket = choices.order.pick([...this.kernel.sockets])
      if (socket === undefined) return
      this.#isBroken = true
      socket.fail(broken)
    }
    if (choices.fault('aborted', 0.01)) {
      const controller = choices.order.pick(this.signals.open)
      if (controller !== undefined) this.atSomePoint(() => controller.abort(new Aborted()))
    }
    if (choices.fault('closed', 0.006)) {
      if (choices.order.chance(0.7)) this.#followers.closeSome()
      else this.#controllers.closeSome()
    }
  }

  #operate(act: () => void): void {
    this.#left--
    if (!this.choices.operation()) return
    try {
      act()
    } catch (error) {
      if (!this.isExpected(error)) this.problem(text(error))
    }
  }

  #startSoon(): void {
    for (const { ticks, act } of this.#soon.splice(0)) void this.#later(ticks, act)
  }

  async #later(ticks: number, act: () => void): Promise<void> {
    for (let left = ticks; left > 0; left--) await undefined
    try {
      act()
    } catch (error) {
      if (!this.isExpected(error)) this.problem(text(error))
    }
  }

  #check(): void {
    this.#followers.check()
    this.#controllers.check()
  }

  #checkEnd(): void {
    this.#followers.checkEnd()
    const { pending } = this.promises
    if (pending.length > 0) this.problem(`at the end nobody settles ${pending}`)
    if (this.kernel.sockets.size > 0) this.problem(`at the end ${this.kernel.sockets.size} sockets are open`)
    const { allTimers, immediates } = virtualTime
    if (allTimers.length > 0)
      this.problem(`at the end there are timers: ${allTimers.map(({ due, origin }) => `${due} ${origin ?? ''}`)}`)
    if (immediates > 0) this.problem(`at the end there are ${immediates} immediates`)
    const { left } = this.signals
    if (left.length > 0) this.problem(`at the end signals have listeners: ${left}`)
  }
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
