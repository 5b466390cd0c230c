import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { FakeNamespace } from '@rtnl/fake-kernel'
import type { TransportFactory } from '@rtnl/netlink-core'
import { byInterface, comparable, differenceOf, isLeftOut, withoutOrder, withoutRepeats } from './compare.ts'
import { Generator } from './generator.ts'
import { dump, getLink, keepReachable, type Operation } from './requests.ts'
import { errorOf, type Received, Side } from './side.ts'

/** What a comparison did. */
export interface Figures {
  operations: number
  /** How many there were of each kind: the first word of their titles. */
  readonly kinds: Map<string, number>
  accepted: number
  /** Requests that the kernel refused: number and words were compared. */
  refused: number
  /** Kinds of refusals that occurred. */
  readonly refusals: Map<string, number>
  notifications: number
  /** Entries in dumps. */
  dumped: number
  /** Requests that the fake kernel said it does not know: compared is that the real one was not asked. */
  unsupported: number
  readonly differences: string[]
}

export function noFigures(): Figures {
  const counts = { operations: 0, accepted: 0, refused: 0, notifications: 0, dumped: 0, unsupported: 0 }
  return { ...counts, kinds: new Map(), refusals: new Map(), differences: [] }
}

/** Figures for people: what was asked for, and what was refused. */
export function summaryOf({ operations, kinds, accepted, refused, refusals, ...rest }: Figures): string {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .sort()
      .map(([name, count]) => `${count} x ${name}`)
      .join('\n  ')
  return [
    `${operations} operations:\n  ${list(kinds)}`,
    `${accepted} accepted, ${refused} refused for ${refusals.size} reasons:\n  ${list(refusals)}`,
    `${rest.unsupported} not known to the fake kernel`,
    `${rest.notifications} notifications and ${rest.dumped} entries of dumps compared`,
    `${rest.differences.length} differences`,
  ].join('\n')
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** Link, neighbour, addresses, routes and rules of both families, and nexthop. */
const groups = [1, 3, 5, 7, 8, 9, 11, 19, 32]
const tables: readonly (readonly [type: number, family: number])[] = [
  [18, 0],
  [22, 0],
  [106, 0],
  [26, 2],
  [26, 10],
  [30, 0],
  [30, 7],
  [34, 0],
]

/** Sends the same random requests to the real kernel and to the fake one, and compares all that they say. */
export class Differential {
  readonly #figures: Figures
  readonly #ipv6: boolean
  readonly #real: Side
  readonly #fake: Side
  /** The last notification of each port of a bridge, of both sides. */
  readonly #ports = { real: new Map<unknown, object>(), fake: new Map<unknown, object>() }
  #unsupported: Error | undefined
  #seq = 0

  constructor(real: TransportFactory, figures: Figures, ipv6: boolean) {
    this.#ipv6 = ipv6
    this.#figures = figures
    this.#real = new Side('real', real, groups)
    const unsupported = (error: Error): void => {
      this.#unsupported = error
    }
    this.#fake = new Side('fake', new FakeNamespace({ ipv6, unsupported }), groups)
  }

  /** @returns the first difference */
  async run(seed: number, operations: number): Promise<string | undefined> {
    const generator = new Generator(seed, this.#ipv6)
    const start = generator.start()
    const recent: string[] = []
    for (let number = 0; number < operations; number++) {
      const operation = start[number] ?? generator.next()
      recent.push(operation.title)
      const difference = await this.#step(operation)
      if (difference === undefined) continue
      const before = recent.slice(-6).join('\n    ')
      const found = `seed ${seed}, operation ${number}:\n    ${before}\n  ${difference}`
      this.#figures.differences.push(found)
      return found
    }
    return undefined
  }

  close(): void {
    this.#real.close()
    this.#fake.close()
  }

  async #step(operation: Operation): Promise<string | undefined> {
    const figures = this.#figures
    const bytes = operation.bytes(++this.#seq)
    figures.operations++
    count(figures.kinds, operation.title.split(' ', 1)[0] ?? '')
    this.#unsupported = undefined
    const fake = await this.#fake.ask(bytes)
    if (this.#unsupported !== undefined) {
      figures.unsupported++
      return undefined
    }
    const real = await this.#real.ask(bytes)
    const [answer] = real.flatMap((each) => errorOf(each) ?? [])
    if (answer === undefined || answer.errno === 0) figures.accepted++
    else {
      figures.refused++
      count(figures.refusals, `${answer.errno} ${answer.text}`)
    }
    const answers = this.#difference('answers', real, fake)
    if (answers !== undefined) return answers
    for (const index of operation.indexes ?? []) {
      const requests = [getLink(index), keepReachable(index, 'arp_cache'), keepReachable(index, 'ndisc_cache')]
      for (const each of requests) await this.#real.ask(each.bytes(++this.#seq))
    }
    const told = await this.#settled(operation, answer === undefined || answer.errno === 0)
    if (told !== undefined) return told
    // What is different in the kernel stays different: it is enough to look at times.
    return figures.operations % 8 === 0 ? await this.#compareTables() : undefined
  }

  /** Waits until the kernel has told its other parts of carriers, and compares the notifications. */
  async #settled(operation: Operation, isAccepted: boolean): Promise<string | undefined> {
    if (operation.announcesLater !== undefined && isAccepted) await this.#real.told(operation.announcesLater)
    if (operation.touchesLinks === true) await this.#rest()
    await turn()
    const real = await this.#real.notifications()
    const fake = await this.#fake.notifications()
    this.#figures.notifications += real.length
    return this.#difference('notifications', real, fake, operation)
  }

  async #rest(): Promise<void> {
    const ask = (operation: Operation): Promise<Received[]> => this.#real.ask(operation.bytes(++this.#seq))
    for (;;) {
      const links = await ask(dump(18, 0))
      const addresses = await ask(dump(22, 10))
      if (![...links, ...addresses].some(isRestless)) {
        // Of those that are down the kernel would note the carrier some time later.
        for (const index of links.flatMap((each) => indexOfDown(each) ?? [])) await ask(getLink(index))
        return
      }
      await delay(1)
    }
  }

  async #compareTables(): Promise<string | undefined> {
    for (const [type, family] of tables) {
      const bytes = dump(type, family).bytes(++this.#seq)
      const real = await this.#real.ask(bytes)
      this.#figures.dumped += real.length - 1
      const difference = this.#difference(`dump ${type}`, real, await this.#fake.ask(bytes))
      if (difference !== undefined) return difference
    }
    return undefined
  }

  #difference(what: string, real: readonly Received[], fake: readonly Received[], operation?: Operation) {
    const isTold = what === 'notifications'
    const of = (received: typeof real, side: Side, ports: Map<unknown, object>): object[] => {
      const all = received.map((each) => comparable(each, side, isTold)).filter((each) => !isLeftOut(each))
      if (!isTold) return withoutOrder(all)
      const told = withoutRepeats(all, ports)
      return operation?.touchesBridges === true ? byInterface(told) : told
    }
    const difference = differenceOf(of(real, this.#real, this.#ports.real), of(fake, this.#fake, this.#ports.fake))
    return difference === undefined ? undefined : `${what}: ${difference}`
  }
}

const up = 1
const running = 0x40
const lowerUp = 0x10000

const tentative = 0x40

/** Whether a link has another carrier than the kernel has noted, or an address waits until others have not objected. */
function isRestless({ type, body }: Received): boolean {
  const view = new DataView(body.buffer, body.byteOffset)
  if (type === 20) return (view.getUint8(2) & tentative) !== 0
  if (type !== 16) return false
  const flags = view.getUint32(8, true)
  return (flags & up) !== 0 && ((flags & running) !== 0) !== ((flags & lowerUp) !== 0)
}

/** The index of a link that is down. */
function indexOfDown({ type, body }: Received): number | undefined {
  const view = new DataView(body.buffer, body.byteOffset)
  return type === 16 && (view.getUint32(8, true) & up) === 0 ? view.getInt32(4, true) : undefined
}
