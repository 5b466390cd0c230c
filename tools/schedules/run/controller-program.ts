import { type Controller, keep, reconcile } from '@rtnl/reconcile'
import { mostPrefixes } from './kernel-operations.ts'
import { Kind, Owner, type Path, PathType, path, pathRules, textOf } from './paths.ts'
import type { ProgramHost } from './program-host.ts'

/** Holds paths in the kernel, by a controller or by single runs, while others change them. */
export class ControllerProgram {
  readonly #schedule: ProgramHost
  #controller: Controller<Path> | undefined
  /** One is being opened, or a single run is under way: two would be refused. */
  #isBusy = false
  #isAdditive = false
  #hasEnded = false
  #desired = new Map<number, Path>()
  #isAssigning = 0

  constructor(schedule: ProgramHost) {
    this.#schedule = schedule
  }

  operate(): void {
    const { operations } = this.#schedule.choices
    const controller = this.#running
    const kind = operations.next()
    if (controller === undefined) {
      if (kind < 0.7) this.#keep()
      else this.#reconcile()
    } else if (kind < 0.35) this.#set(controller)
    else if (kind < 0.55) this.#delete(controller)
    else if (kind < 0.75) this.#assign(controller)
    else if (kind < 0.9) this.#schedule.promises.track('idle', controller.idle())
    else if (kind < 0.95) this.#remove(controller)
    else this.closeSome()
  }

  closeSome(): void {
    const controller = this.#running
    if (controller !== undefined) this.#schedule.atSomePoint(() => controller.close())
  }

  /** Others take away what is theirs, and everything comes to what is desired. */
  async settle(): Promise<void> {
    const schedule = this.#schedule
    await schedule.until(() => !this.#isBusy && this.#isAssigning === 0, 'no single run or opening is under way')
    const controller = this.#running
    if (controller === undefined) return
    const { paths } = schedule.operations
    for (const entry of paths.entries) {
      if (entry.owner === Owner.OURS) continue
      await schedule.until(() => !schedule.kernel.isLocked, 'the kernel is free')
      schedule.kernel.begin(paths.carryOut(PathType.DEL, 0, entry))
    }
    await schedule.until(
      () => this.#running === undefined || this.#wrong(controller) === undefined,
      `the kernel holds what is desired: ${[...this.#desired.values()].map(textOf)}; ${this.#wrong(controller)}`,
    )
    let isIdle = false
    schedule.promises.track('last idle', controller.idle(), () => {
      isIdle = true
    })
    await schedule.until(() => isIdle || this.#running === undefined, 'the controller is idle')
  }

  check(): void {
    const controller = this.#running
    if (controller === undefined) return
    const wrong = this.#wrong(controller)
    if (wrong !== undefined) this.#schedule.problem(wrong)
    const { failed, conflicts, size } = controller
    if (failed.length + conflicts.length > 0) {
      this.#schedule.problem(
        `all is as desired, and the controller lists ${failed.length} failures, ${conflicts.length} conflicts`,
      )
    }
    if (size !== this.#desired.size)
      this.#schedule.problem(`the controller desires ${size} entries of ${this.#desired.size}`)
  }

  close(): void {
    this.#controller?.close()
  }

  get #running(): Controller<Path> | undefined {
    return this.#hasEnded ? undefined : this.#controller
  }

  #wrong(controller: Controller<Path>): string | undefined {
    if (controller !== this.#running) return undefined
    const desired = [...this.#desired.values()].map(textOf)
    const held = this.#schedule.operations.paths.entries.filter(({ owner }) => owner === Owner.OURS).map(textOf)
    const missing = desired.filter((text) => !held.includes(text))
    const surplus = this.#isAdditive ? [] : held.filter((text) => !desired.includes(text))
    if (missing.length + surplus.length === 0) return undefined
    return `of what is desired the kernel lacks ${missing}; it has too much: ${surplus}`
  }

  #entries(most: number): Path[] {
    const { operations } = this.#schedule.choices
    const entries = new Map<number, Path>()
    for (let count = operations.below(most + 1); count > 0; count--) {
      const kind = operations.pick([Kind.PLAIN, Kind.PLAIN, Kind.SOLID])
      const entry = path(1 + operations.below(mostPrefixes), operations.pick(['a', 'b', 'c']), Owner.OURS, kind)
      entries.set(entry.prefix!, entry)
    }
    return [...entries.values()]
  }

  #place() {
    const { kernel, choices } = this.#schedule
    const notifier = this.#schedule.notifier
    return choices.operations.chance(0.6) && notifier !== undefined ? { notifier } : { transports: kernel }
  }

  #keep(): void {
    const { choices, promises, signals } = this.#schedule
    const entries = this.#entries(6)
    const signal = choices.operations.chance(0.3) ? signals.make() : undefined
    const additive = choices.operations.chance(0.2)
    const place = this.#place()
    if (this.#isBusy) return
    this.#isBusy = true
    const opened = keep(pathRules, entries, { ...place, signal, additive })
    opened
      .catch(() => {})
      .finally(() => {
        this.#isBusy = false
      })
    promises.track(`keep ${entries.map(textOf)}${additive ? ', additive' : ''}`, opened, (controller) => {
      this.#controller = controller
      this.#isAdditive = additive
      this.#desired = new Map(entries.map((entry) => [entry.prefix!, entry]))
      this.#hasEnded = false
      promises.track('the controller closes', controller.closed, (error) => {
        this.#hasEnded = true
        if (error !== undefined && !this.#schedule.isExpected(error)) {
          this.#schedule.problem(`the controller ended with ${String(error)}`)
        }
      })
    })
  }

  #reconcile(): void {
    const { choices, promises, signals } = this.#schedule
    const entries = this.#entries(6)
    const signal = choices.operations.chance(0.4) ? signals.make() : undefined
    const dryRun = choices.operations.chance(0.2)
    const place = this.#place()
    if (this.#isBusy) return
    this.#isBusy = true
    const run = reconcile(pathRules, entries, { ...place, signal, dryRun })
    run
      .catch(() => {})
      .finally(() => {
        this.#isBusy = false
      })
    promises.track('reconcile', run)
  }

  #set(controller: Controller<Path>): void {
    const entries = this.#entries(3)
    this.#schedule.log(`set ${entries.map(textOf)}`)
    controller.set(...entries)
    for (const entry of entries) this.#desired.set(entry.prefix!, entry)
  }

  #delete(controller: Controller<Path>): void {
    const entries = this.#entries(3)
    this.#schedule.log(`delete ${entries.map(textOf)}`)
    controller.delete(...entries)
    for (const { prefix } of entries) this.#desired.delete(prefix!)
  }

  #assign(controller: Controller<Path>): void {
    const entries = this.#entries(6)
    this.#desired = new Map(entries.map((entry) => [entry.prefix!, entry]))
    this.#isAssigning++
    const assigned = controller.assign(entries)
    assigned.catch(() => {}).finally(() => this.#isAssigning--)
    this.#schedule.promises.track(`assign ${entries.map(textOf)}`, assigned)
  }

  #remove(controller: Controller<Path>): void {
    this.#isBusy = true
    this.#hasEnded = true
    const removed = controller.remove()
    removed
      .catch(() => {})
      .finally(() => {
        this.#isBusy = false
      })
    this.#schedule.promises.track('remove', removed)
  }
}
