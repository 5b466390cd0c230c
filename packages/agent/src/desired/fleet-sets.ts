import { NodeDesired, type NodeSet, type OwnReport, type ReportState, secretsFrom } from '@rtnl/fleet'
import { aborted } from '@rtnl/netlink-core/internal'
import type { NatsConfig } from '../config/nats-config.ts'
import { type DesiredSet, parseDesired } from './desired-set.ts'
import type { SetStatus } from './set-status.ts'

/** What sets of a fleet are called on a node: this, and the name of the set. */
const prefix = 'fleet/'
/** The most causes in a report. */
const mostCauses = 20
/** Milliseconds until files of secrets are read again that could not be. */
const secretsPause = 5000

/** A set of the fleet as this node reads it. */
export interface ReadSet {
  readonly wanted: NodeSet
  readonly sets: readonly DesiredSet[]
  /** Why it cannot be kept. */
  readonly fault: string | undefined
}

/** The sets that a fleet desires of this node, as those of files are, and what the node reports of them. */
export class FleetSets {
  readonly config: NatsConfig
  readonly #stop = new AbortController()
  readonly #changed: () => void
  readonly #running: Promise<void>
  #desired: NodeDesired | undefined
  #problem: string | undefined
  #read = new Map<string, ReadSet>()

  /** @param changed called when `sets` or `problem` may have changed */
  constructor(config: NatsConfig, changed: () => void) {
    this.config = config
    this.#changed = changed
    this.#running = this.#run()
  }

  /** Why what the fleet desires is not followed now; `undefined` if it is. */
  get problem(): string | undefined {
    return this.#desired === undefined ? this.#problem : this.#desired.problem
  }

  /** All sets, one after the other by their names. */
  get sets(): DesiredSet[] {
    this.#update()
    const names = [...this.#read.keys()].sort()
    return names.flatMap((name) => this.#read.get(name)?.sets ?? [])
  }

  /** Whether it is not known if the fleet desires a set: then what is in the kernel of it stays. */
  isUnknown(name: string): boolean {
    const read = this.#read.get(setNameOf(name))
    // What cannot be read says nothing.
    return read === undefined || read.fault !== undefined
  }

  /** Tells the fleet how far its sets are. */
  report(statuses: readonly SetStatus[]): void {
    const bySet = new Map<string, SetStatus[]>()
    for (const status of statuses) {
      if (!isOfFleet(status.name)) continue
      const name = setNameOf(status.name)
      bySet.set(name, [...(bySet.get(name) ?? []), status])
    }
    this.#desired?.report([...this.#read].map(([name, read]) => reportOf(read, bySet.get(name) ?? [])))
  }

  /** Idempotent. What was put in stays. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#desired?.close()
    await this.#running
  }

  async #run(): Promise<void> {
    const { servers, fleet, node, files } = this.config
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const nats = await secretsFrom(files)
        if (signal.aborted) return
        await using desired = new NodeDesired({ servers, nats, fleet, node, changed: this.#changed })
        this.#desired = desired
        await aborted(signal)
      } catch (error) {
        this.#problem = (error as Error).message
        this.#changed()
        await Promise.race([aborted(signal), new Promise((resolve) => setTimeout(resolve, secretsPause).unref())])
      }
    }
  }

  #update(): void {
    const read = new Map<string, ReadSet>()
    for (const wanted of this.#desired?.sets ?? []) {
      const before = this.#read.get(wanted.name)
      // A new version is tried anew, also if it says the same.
      const isSame =
        before !== undefined && before.wanted.version === wanted.version && before.wanted.text === wanted.text
      read.set(wanted.name, isSame ? { ...before, wanted } : readSet(wanted, before))
    }
    this.#read = read
  }
}

/** Whether a set is one of the fleet, and not of a file. */
export function isOfFleet(name: string): boolean {
  return name.startsWith(prefix)
}

/** The name of the set in the fleet: `fleet/ours#2` is a part of `ours`. */
function setNameOf(name: string): string {
  return name.slice(prefix.length).replace(/#\d+$/, '')
}

/** One that has become bad keeps desiring what it did before. */
function readSet(wanted: NodeSet, before: ReadSet | undefined): ReadSet {
  const { name, text } = wanted
  if (text === undefined) return { wanted, sets: [], fault: undefined }
  try {
    return { wanted, sets: parseDesired(`${prefix}${name}`, text), fault: undefined }
  } catch (error) {
    return { wanted, sets: before?.sets ?? [], fault: (error as Error).message }
  }
}

/** What a node says of a set that it keeps in all its namespaces. */
export function reportOf({ wanted, fault }: ReadSet, statuses: readonly SetStatus[]): OwnReport {
  const { name: set, version, isHeldBack, text } = wanted
  // Sets of several namespaces may wait for the same.
  const causes = new Map<string, number>(fault === undefined ? [] : [[fault, 1]])
  for (const { cause, count } of statuses.flatMap((status) => status.causes)) {
    causes.set(cause, (causes.get(cause) ?? 0) + count)
  }
  const sum = (number: (status: SetStatus) => number): number =>
    statuses.reduce((total, status) => total + number(status), 0)
  return {
    ...{ set, version, isHeldBack },
    state: fault === undefined ? stateOf(text, statuses) : 'refused',
    desired: sum(({ desired }) => desired),
    causes: [...causes].slice(0, mostCauses).map(([cause, count]) => ({ cause, count })),
    conflicts: sum(({ conflicts }) => conflicts),
    drift: { found: sum(({ drift }) => drift.found), healed: sum(({ drift }) => drift.healed) },
  }
}

function stateOf(text: string | undefined, statuses: readonly SetStatus[]): ReportState {
  const has = (...states: readonly SetStatus['state'][]): boolean =>
    statuses.some(({ state }) => states.includes(state))
  // What cannot be removed is tried again and again.
  if (text === undefined) {
    if (statuses.length === 0) return 'removed'
    return statuses.some(({ causes }) => causes.length > 0) ? 'failing' : 'applying'
  }
  if (has('failing')) return 'failing'
  if (has('conflict') || statuses.some(({ conflicts }) => conflicts > 0)) return 'conflict'
  if (has('opening', 'leaving')) return 'applying'
  return has('waiting') ? 'waiting' : 'applied'
}
