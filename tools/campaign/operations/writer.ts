import type { Domain } from './operation.ts'

/** What the writer changes, each with a scene's entries of its own. */
export const writerKinds = ['nexthops', 'routes', 'neighbors', 'addresses', 'rules'] as const
export type WriterKind = (typeof writerKinds)[number]

/**
 * Thousands of changes without a pause, by requests of rtnl: more than the tools of iproute2 can make. Nothing else changes these
 * entries but links that go up and down.
 */
export const writer: Domain = {
  name: 'writer',
  weight: 1,
  draw({ dice }) {
    const count = dice.pick(100, 5000, 10_000)
    return [0, 1].map(() => `write ${dice.pick(...writerKinds)} ${count} ${dice.below(1_000_000)}`)
  },
}
