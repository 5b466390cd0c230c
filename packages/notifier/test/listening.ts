import type { FakeKernel } from '@rtnl/netlink-core/testing'
import { type Listener, type ListenerDefinition, Notifier } from '@rtnl/notifier'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeKernel, newThing, THING_GROUP, ThingType, thing, thingMessage } from './things.ts'

export const OTHER_GROUP = 10
export const OTHER_TYPE = 44

/** Keeps ids. */
export const ids: ListenerDefinition<number> = {
  name: 'thing',
  groups: [THING_GROUP],
  types: [ThingType.NEW, ThingType.DEL],
  decode: ({ view, body, end }) => thingMessage.decode(view, body, end).id,
}

export const others: ListenerDefinition<number> = { ...ids, name: 'other', groups: [OTHER_GROUP], types: [OTHER_TYPE] }

export interface Place {
  readonly kernel: FakeKernel
  readonly notifier: Notifier
  /** Notifies of a thing. */
  tell(...ids: number[]): void
}

/** Adds tests to a suite, each with a notifier on a fake kernel of which no socket may be left. */
export function placed(suite: Test): (name: string, run: (place: Place) => Promise<void>) => void {
  return (name, run) =>
    suite(name, async () => {
      const { kernel } = makeKernel()
      const notifier = await Notifier.open({ transports: kernel })
      const tell = (...numbers: number[]): void => {
        for (const id of numbers) kernel.notify(THING_GROUP, newThing(thing(id)))
      }
      try {
        await run({ kernel, notifier, tell })
      } finally {
        notifier.close()
      }
      assert.equal(kernel.sockets(), [])
    })
}

/** Everything that can be taken now: ids, and reasons of losses. */
export function takeAll(listener: Listener<number>): (number | string)[] {
  const taken: (number | string)[] = []
  for (let event = listener.take(); event !== undefined; event = listener.take()) {
    if (event.kind === 'lost') taken.push(event.reason)
    else {
      taken.push(...event.messages)
      listener.flush()
    }
  }
  return taken
}

export const groupsOf = (kernel: FakeKernel): number[][] =>
  kernel.sockets('notification').map((socket) => [...socket.groups].sort((a, b) => a - b))
