import type { Replacement } from './replace.ts'

/** A way to break the library that the schedules have to find. */
export interface Defect {
  readonly name: string
  readonly replacement: Replacement
  /** The seed from which it is looked for, where only one schedule of many shows it; 1 unless told. */
  readonly first?: number
}

const table = 'live-table/src/'
const connection = 'netlink-core/src/connection/'

/** Rules that the library keeps, each given up in turn: the test of the tests. */
export const defects: readonly Defect[] = [
  {
    name: 'a relist does not wait for the messages that are queued',
    replacement: { file: `${table}relist/resyncer.ts`, text: '    await this.#notifier.fence()\n', by: '' },
    first: 6_531,
  },
  {
    name: 'a relist does not wait for changes that are under way',
    replacement: {
      file: `${table}relist/resyncer.ts`,
      text: '    await barrier(this.#notifier.connection, this.#signal)\n',
      by: '',
    },
  },
  {
    name: 'a loss during a dump does not matter',
    replacement: {
      file: `${table}reflector.ts`,
      text: '    this.#resyncer.lost(reason)\n',
      by: "    if (this.state === 'live') this.#resyncer.lost(reason)\n",
    },
    first: 121,
  },
  {
    name: 'an interrupted dump counts',
    replacement: {
      file: `${connection}dumper.ts`,
      text: 'done: () => resolve(!running.interrupted)',
      by: 'done: () => resolve(true)',
    },
    first: 3_381,
  },
  {
    name: 'a row of a dump wins over a newer notification',
    replacement: {
      file: `${table}relist/keyed-relist.ts`,
      text: 'return this.#rows.store.mark(id) === touched',
      by: 'return false',
    },
    first: 201,
  },
  {
    name: 'who waits for a fence waits for ever when the notifier is closed',
    replacement: {
      file: 'notifier/src/notifier.ts',
      text: '    for (const reject of this.#fences) reject(error)\n',
      by: '',
    },
  },
  {
    name: 'a listener stays at a signal',
    replacement: {
      file: 'netlink-core/src/abort.ts',
      text: "return () => signal.removeEventListener('abort', abort)",
      by: 'return () => {}',
    },
  },
  {
    name: 'readers are not told of a loss',
    replacement: {
      file: `${table}relist/resyncer.ts`,
      text: '    this.#events.resynced(invalidation.cause, invalidation.reason)\n',
      by: '',
    },
    first: 101,
  },
  {
    name: 'a controller does not see that others change its entries',
    replacement: {
      file: 'reconcile/src/control-loop.ts',
      text: '    if (!contested || !this.refusals.undone(key, wanted, () => describeOpponent(origin))) this.#look(entry)\n',
      by: '',
    },
  },
  {
    name: 'a refused change is not tried again',
    replacement: {
      file: 'reconcile/src/waiting/back-off.ts',
      text: '    this.#enqueue(key, delay, now + delay)\n  }\n\n  /** The key is tried again after',
      by: '  }\n\n  /** The key is tried again after',
    },
    first: 101,
  },
]
