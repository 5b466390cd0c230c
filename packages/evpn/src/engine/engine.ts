import { fdbDefinition, type Neighbor } from '@rtnl/neighbor'
import type { CheckedConfig } from '../config.ts'
import type { Vtep } from '../entries.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { ArpDeriver } from './arps.ts'
import { take } from './dirty.ts'
import { FloodDeriver } from './floods.ts'
import { type GroupChange, GroupDeriver } from './groups.ts'
import { type Choice, MacDeriver } from './macs.ts'
import { Observer } from './observe.ts'
import type { Rows } from './rows.ts'
import { remoteRowKey, State } from './state.ts'
import { deriveUnresolved } from './unresolved.ts'
import { VniDeriver } from './vnis.ts'

/**
 * Derives the collections from the tables of the kernel. A change notes the keys of what depends on it. A flush derives each of
 * them once, from what the tables hold then, in an order in which nothing is derived before what it depends on.
 */
export class Engine {
  readonly state: State
  readonly #observer: Observer
  readonly #vnis: VniDeriver
  readonly #floods: FloodDeriver
  readonly #macs: MacDeriver
  readonly #groups: GroupDeriver
  readonly #arps: ArpDeriver

  /** @param changed is called when there is something to flush */
  constructor(
    config: CheckedConfig,
    inputs: Inputs,
    rows: Rows,
    {
      latest = new Map(),
      changed = () => {},
    }: { latest?: ReadonlyMap<string, number> | undefined; changed?: () => void } = {},
  ) {
    this.state = new State(config, inputs, rows, latest)
    this.#vnis = new VniDeriver(this.state)
    this.#floods = new FloodDeriver(this.state)
    this.#macs = new MacDeriver(this.state)
    this.#groups = new GroupDeriver(this.state)
    this.#arps = new ArpDeriver(this.state)
    this.state.dirty.segments = true
    for (const vni of config.segments?.keys() ?? []) this.state.dirty.vnis.add(vni)
    this.#observer = new Observer(this.state, changed)
  }

  /** Takes in what the tables hold, one entry at a time. */
  *fill(): Generator<void, void, undefined> {
    yield* this.#observer.fillPlaces()
    this.#vnis.begin()
    yield* this.#observer.fillEntries()
  }

  get isDirty(): boolean {
    return !this.state.dirty.isEmpty
  }

  stop(): void {
    this.#observer.stop()
  }

  /** Derives what is noted. @param most rows of each kind; the others are left for the next flush */
  flush(most = Number.POSITIVE_INFINITY): void {
    const { state } = this
    const { dirty } = state
    state.cause = dirty.takeCause()
    this.#vnis.run()
    const unresolved = new Map<string, Neighbor>()
    for (const [text, row] of take(dirty.rows, most)) {
      this.#floods.derive(text, state.inputs.fdb.get(row))
      unresolved.set(text, row)
    }
    const choices = new Map(dirty.takeMacs(most).map((id) => [id, this.#macs.choose(id)]))
    if (!state.config.members) this.#groupsOfEndpoints()
    // While their group is still there.
    for (const choice of choices.values()) this.#macs.dropIfGone(choice)
    const changes = dirty.takeGroups().flatMap((key) => this.#groups.derive(key) ?? [])
    for (const key of dirty.takeCounts(most)) this.#groups.recount(key)
    this.#finish(choices, unresolved)
    for (const change of changes) this.#regroup(change, choices, unresolved)
    this.#publishVteps()
    for (const [, key] of take(dirty.arps, most)) this.#arps.derive(key)
    for (const [text, key] of take(dirty.neighbors, most)) this.#arps.unresolved(text, key)
    this.#arps.conflicts()
    for (const row of unresolved.values()) deriveUnresolved(state, row)
    if (!dirty.isEmpty) dirty.because(state.cause)
  }

  #finish(choices: ReadonlyMap<number, Choice>, unresolved: Map<string, Neighbor>): void {
    for (const choice of choices.values()) {
      const { vni, mac, winner, lost } = choice
      if (this.#macs.finish(choice)) this.#arps.macChanged({ vni, mac })
      const isLost = winner?.nhId !== undefined && this.#macs.statusOf(vni, winner.nhId) === 'unresolved'
      for (const row of isLost ? [...lost, winner.row] : lost) unresolved.set(fdbDefinition.keyText(row), row)
      if (this.state.lost.size === 0) continue
      for (const [text, row] of this.state.lost.get(mac) ?? none) unresolved.set(text, row)
    }
  }

  /** What a change of a group makes of the entries behind it: nothing, unless all of it can be used, or something, or nothing now. */
  #regroup(
    { key, old, next }: GroupChange,
    choices: ReadonlyMap<number, Choice>,
    unresolved: Map<string, Neighbor>,
  ): void {
    const { state } = this
    const { vni } = key
    this.#arps.pathsChanged(vni, old?.paths ?? [], next?.paths ?? [])
    const uses = state.uses.get(key)
    const touches = state.config.expand || old?.status !== next?.status || old?.reason !== next?.reason
    if (uses === undefined || !touches) return
    for (const id of state.uses.macsOf(key)) {
      if (!choices.has(id)) this.#macs.regroup(id, old?.paths ?? [])
      if (old?.reason === next?.reason) continue
      const ifindex = state.rows.fdb.ifindexOf(id)
      const mac = state.rows.fdb.macOf(id)
      const isExternal = state.topology.devices.get(ifindex)?.id === undefined
      const row = remoteRowKey(ifindex, mac, isExternal ? vni : undefined)
      unresolved.set(fdbDefinition.keyText(row), row)
    }
    for (const text of uses.floods.keys()) {
      const row = this.#floods.rowOf(text)
      if (row !== undefined) unresolved.set(text, row)
    }
  }

  /** Endpoints that came or went make members of groups usable, or not. */
  #groupsOfEndpoints(): void {
    const { rows, dirty, vteps } = this.state
    const vnis = vteps.touchedVnis
    if (vnis.size === 0) return
    for (const { vni, nhId } of rows.groups.stored()) if (vnis.has(vni)) dirty.group({ vni, nhId })
  }

  #publishVteps(): void {
    const { rows, cause, vteps } = this.state
    for (const [key, vtep] of vteps.take()) {
      rows.derived.vteps++
      if (vtep === undefined) rows.vteps.delete(key, cause)
      else rows.vteps.set(key, vtep, cause)
      this.#noticeFlood(key, Number.parseInt(key, 10), vtep)
    }
    const { changedVnis } = this.#floods
    if (changedVnis.size === 0) return
    for (const vtep of rows.vteps.stored()) {
      const { vni, ip, port, encapVni } = vtep
      if (changedVnis.has(vni)) this.#noticeFlood(`${vni} ${ip} ${port} ${encapVni}`, vni, vtep)
    }
    changedVnis.clear()
  }

  #noticeFlood(key: string, vni: number, vtep: Vtep | undefined): void {
    const isLeftOut = vtep !== undefined && !vtep.flood && this.#floods.replicates(vni)
    const text = isLeftOut ? `VNI ${vni} floods to other endpoints, and not to ${vtep.ip}.` : undefined
    this.state.setNotice('vtep-not-flooded', key, vni, text)
  }
}

const none: ReadonlyMap<string, Neighbor> = new Map()
