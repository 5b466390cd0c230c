import { Errno, MulticastGroup, NexthopFlag } from '@rtnl/netlink-core'
import { NexthopMessage } from '@rtnl/nexthop'
import type { FakeLink } from '../links/link.ts'
import type { LinkEvent } from '../links/link-events.ts'
import type { Origin, Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { checkNexthop } from '../routes/create-info.ts'
import type { Fib } from '../routes/fib.ts'
import { FakeNexthop, type NexthopContent } from './nexthop.ts'
import { reportedNexthopMessage } from './reported-message.ts'

/** Whom to tell of a change, with the flags of the request, which the kernel copies; undefined where it is silent. */
export type Cause = { readonly origin: Origin; readonly flags: number } | undefined

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/** The nexthop objects, and what happens to groups and routes when one changes. */
export class Nexthops {
  readonly #output: Output
  readonly #fib: Fib
  readonly #byId = new Map<number, FakeNexthop>()

  constructor(output: Output, fib: Fib) {
    this.#output = output
    this.#fib = fib
  }

  get(id: number): FakeNexthop | undefined {
    return this.#byId.get(id)
  }

  /** By id. */
  all(): FakeNexthop[] {
    return [...this.#byId.values()].sort((a, b) => a.id - b.id)
  }

  add(nexthop: FakeNexthop, cause: Cause): void {
    this.#byId.set(nexthop.id, nexthop)
    joinGroup(nexthop)
    this.#notify(NexthopMessage.NEW, nexthop, cause)
  }

  /**
   * Makes an object what another would be.
   * @throws {Refusal} groups or routes cannot use what it would be
   */
  replace(nexthop: FakeNexthop, protocol: number, content: NexthopContent, cause: Exclude<Cause, undefined>): void {
    const becoming = new FakeNexthop(nexthop.id, protocol, content)
    for (const info of nexthop.infos) checkNexthop(becoming, info.scope)
    for (const group of nexthop.groups) {
      if (content.kind === 'blackhole' && group.size() > 1) {
        throw invalid('Blackhole nexthop can not be a member of a group with more than one path')
      }
      for (const info of group.infos) checkNexthop(becoming, info.scope)
    }
    if (nexthop.isGroup() && content.kind !== 'group') throw invalid('Can not replace a nexthop group with a nexthop.')
    if (!nexthop.isGroup() && content.kind === 'group') throw invalid('Can not replace a nexthop with a nexthop group.')
    leaveGroup(nexthop)
    nexthop.content = content
    if (content.kind !== 'group') nexthop.protocol = protocol
    joinGroup(nexthop)
    this.#notify(NexthopMessage.NEW, nexthop, cause)
    this.#fib.announce(nexthop, cause.origin)
    for (const group of nexthop.groups) this.#fib.announce(group, cause.origin)
  }

  /** Removes an object, its routes, and its place in groups. Of the routes nothing is announced. */
  remove(nexthop: FakeNexthop, cause: Cause): void {
    this.#byId.delete(nexthop.id)
    this.#notify(NexthopMessage.DEL, nexthop, cause)
    for (const info of nexthop.infos) info.flags |= NexthopFlag.DEAD
    if (nexthop.infos.length > 0) this.#fib.flush()
    leaveGroup(nexthop)
    for (const group of [...nexthop.groups]) this.#shrink(group, nexthop, cause)
  }

  /** What goes with an interface that goes down, loses its carrier, or is deleted. */
  linkChanged(event: LinkEvent, link: FakeLink): void {
    if (event === 'up' || (event === 'change' && link.isRunning)) return
    for (const nexthop of this.all()) {
      const { content } = nexthop
      if (content.kind === 'path' && content.link === link) this.remove(nexthop, undefined)
    }
  }

  #shrink(group: FakeNexthop, gone: FakeNexthop, cause: Cause): void {
    if (group.content.kind !== 'group') return
    const members = group.content.members.filter(({ nexthop }) => nexthop !== gone)
    if (members.length === 0) {
      this.remove(group, cause)
      return
    }
    leaveGroup(group)
    group.content = { kind: 'group', members }
    joinGroup(group)
    this.#notify(NexthopMessage.NEW, group, cause)
  }

  #notify(type: number, nexthop: FakeNexthop, cause: Cause): void {
    if (cause === undefined) return
    this.#output.notify(MulticastGroup.NEXTHOP, reportedNexthopMessage, { type, ...cause }, nexthop.entry())
  }
}

function joinGroup(group: FakeNexthop): void {
  if (group.content.kind === 'group') for (const { nexthop } of group.content.members) nexthop.groups.unshift(group)
}

function leaveGroup(group: FakeNexthop): void {
  if (group.content.kind !== 'group') return
  for (const { nexthop } of group.content.members) nexthop.groups = nexthop.groups.filter((other) => other !== group)
}
