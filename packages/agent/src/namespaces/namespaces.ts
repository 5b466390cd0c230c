import type { Metrics } from '@rtnl/metrics'
import { UnsupportedError } from '@rtnl/netlink-core'
import { aborted } from '@rtnl/netlink-core/internal'
import type { TableModule } from '@rtnl/tables'
import type { NamespaceConfig } from '../config/config.ts'
import type { DesiredSet } from '../desired/desired-set.ts'
import { givingWay } from '../desired/give-way.ts'
import { KeptSets } from '../desired/kept-sets.ts'
import type { SetStatus } from '../desired/set-status.ts'
import { FollowedNamespace, isFailure, type NamespaceAgent } from './followed-namespace.ts'
import { followNames, type NamedNamespaces, nameMatcher } from './namespace-names.ts'

/** Milliseconds until a namespace is opened again that could not be. */
const firstWait = 100
const longestWait = 10_000

/** What distinguishes the namespace of the process. */
const ownIdentity = 'own'

/** A namespace that is wanted and not followed. */
export interface NamespaceProblem {
  readonly netns: string | undefined
  readonly message: string
}

/** What is desired, as far as that is known. */
export interface KnownSets {
  readonly sets: readonly DesiredSet[]
  /** Whether it is not known if a set of this name is desired, so that what is in the kernel of it stays. */
  isUnknown(name: string): boolean
}

interface Work {
  /** What distinguishes it from another namespace of the same name. */
  readonly identity: string
  readonly stop: AbortController
  readonly running: Promise<void>
  namespace: FollowedNamespace | undefined
  problem: Error | undefined
}

/** All namespaces that an agent works in: they come, go, and are opened again when something has ended them. */
export class Namespaces {
  /** What may be in the kernel of what we put in. */
  readonly kept = new KeptSets()
  readonly #agent: NamespaceAgent
  readonly #work = new Map<string | undefined, Work>()
  readonly #stop = new AbortController()
  #modules: readonly TableModule<unknown>[] = []
  #config: NamespaceConfig = { own: false, names: [] }
  /** `undefined`: nobody knows yet. */
  #desired: KnownSets | undefined
  #names: NamedNamespaces = new Map()
  #following: Promise<void> | undefined
  #turn: Promise<void> = Promise.resolve()

  /** @param changed called when something that `status`, `problems` or `open` say may have changed */
  constructor(metrics: Metrics, changed: () => void) {
    this.#agent = { metrics, kept: this.kept, changed }
  }

  /** The namespaces that are followed now. */
  get open(): FollowedNamespace[] {
    return [...this.#work.values()].flatMap(({ namespace }) => namespace ?? [])
  }

  /** How far what is desired is in the kernel. */
  get status(): SetStatus[] {
    return this.open.flatMap(({ status }) => status)
  }

  /** Those that are wanted and not followed, with the reason. */
  get problems(): NamespaceProblem[] {
    return [...this.#work].flatMap(([netns, { problem }]) =>
      problem === undefined ? [] : [{ netns, message: problem.message }],
    )
  }

  /**
   * Works by another configuration. What stays as it was is not interrupted. Resolves once what can be open is open.
   * @throws {UnsupportedError} nothing can be open in this process: no addon, no permission to load it, not Linux
   */
  async configure(config: NamespaceConfig, modules: readonly TableModule<unknown>[]): Promise<void> {
    this.#config = config
    this.#modules = modules
    await this.#begin()
    await this.#update()
    for (const { problem } of this.#work.values()) if (problem instanceof UnsupportedError) throw problem
  }

  /**
   * Keeps these sets, each in the namespaces that it is for, and removes what was ours of others. Resolves once those that are
   * open have taken them.
   */
  async keep(desired: KnownSets): Promise<void> {
    this.#desired = desired
    await this.#update()
  }

  /** Idempotent. What was put in stays. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#following
    await this.#turn
    await Promise.all([...this.#work.values()].map((work) => this.#end(work)))
    this.#work.clear()
  }

  /** Looks for names from now on; resolves after the first look. */
  async #begin(): Promise<void> {
    if (this.#following !== undefined) return
    await new Promise<void>((resolve) => {
      const use = (names: NamedNamespaces): void => {
        this.#names = names
        resolve()
        void this.#update()
      }
      this.#following = followNames(() => true, use, this.#stop.signal)
    })
  }

  /** One update after the other. */
  #update(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#settle())
    return this.#turn
  }

  async #settle(): Promise<void> {
    if (this.#stop.signal.aborted) return
    const wanted = this.#wanted()
    await Promise.all(
      [...this.#work].map(async ([netns, work]) => {
        if (wanted.get(netns) === work.identity) return
        this.#work.delete(netns)
        await this.#end(work)
      }),
    )
    const begun: Promise<void>[] = []
    for (const [netns, identity] of wanted) {
      if (!this.#work.has(netns)) begun.push(this.#start(netns, identity))
    }
    const modules = this.#modules
    await Promise.all([
      ...begun,
      ...this.open.map(async (namespace) => {
        await namespace.follow(modules)
        await this.#keepIn(namespace)
      }),
    ])
    await this.kept.forgetUnless(({ netns, identity }) => netns === undefined || this.#names.get(netns) === identity)
    this.#agent.changed()
  }

  /** By configuration, by what is desired, or as something of ours is there. */
  #wanted(): Map<string | undefined, string> {
    const { own, names } = this.#config
    const wanted = new Map<string | undefined, string>()
    const sets = this.#desired?.sets ?? []
    const inOwn = sets.some(({ namespaces }) => namespaces === undefined)
    if (own || inOwn) wanted.set(undefined, ownIdentity)
    const matches = nameMatcher([...names, ...sets.flatMap(({ namespaces }) => namespaces ?? [])])
    for (const [name, identity] of this.#names) if (matches(name)) wanted.set(name, identity)
    for (const { netns, identity } of this.kept.namespaces) {
      if (netns === undefined || this.#names.get(netns) === identity) wanted.set(netns, identity)
    }
    return wanted
  }

  async #keepIn(namespace: FollowedNamespace): Promise<void> {
    if (this.#desired === undefined) return
    const { netns } = namespace.place
    const { sets, isUnknown } = this.#desired
    const here = sets.filter(({ namespaces }) =>
      netns === undefined ? namespaces === undefined : nameMatcher(namespaces ?? [])(netns),
    )
    await namespace.keep(givingWay(here), isUnknown)
  }

  /** Resolves once the namespace is open, or could not be opened at the first attempt. */
  #start(netns: string | undefined, identity: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = new AbortController()
      const work: Work = {
        identity,
        stop,
        running: Promise.resolve().then(() => this.#run(netns, work, resolve)),
        namespace: undefined,
        problem: undefined,
      }
      this.#work.set(netns, work)
    })
  }

  async #run(netns: string | undefined, work: Work, tried: () => void): Promise<void> {
    const { signal } = work.stop
    for (let wait = firstWait; !signal.aborted; wait = Math.min(wait * 2, longestWait)) {
      try {
        const namespace = await FollowedNamespace.open({ netns, identity: work.identity }, this.#modules, this.#agent)
        work.namespace = namespace
        work.problem = undefined
        await this.#keepIn(namespace)
        tried()
        this.#agent.changed()
        const error = await Promise.race([aborted(signal), namespace.closed])
        work.namespace = undefined
        await namespace.close()
        if (error instanceof Error && isFailure(error)) throw error
        wait = firstWait
      } catch (error) {
        work.problem = error as Error
        tried()
        this.#agent.changed()
        await Promise.race([aborted(signal), new Promise((resolve) => setTimeout(resolve, wait).unref())])
      }
    }
  }

  async #end({ stop, running }: Work): Promise<void> {
    stop.abort()
    await running
  }
}
