import { normalizeNexthop } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const encapsulation = suite('fields of an encapsulation')

const made = (encap: unknown) =>
  normalizeNexthop({ id: 1, family: 'inet6', oif: 2, encapType: 'seg6local', encap } as never, { protocol: 84 }).encap

const accepted: readonly [encap: unknown, normal: unknown][] = [
  [
    { action: 'End.DX6', nh6: 'FD00:0::9' },
    { action: 5, nh6: 'fd00::9' },
  ],
  [
    { action: 'End.T', table: 'local' },
    { action: 3, table: 255 },
  ],
  // An action that nobody here has heard of: the kernel says what belongs to it.
  [
    { action: 99, iif: 3, oif: 4 },
    { action: 99, iif: 3, oif: 4 },
  ],
  [
    { action: 1, counters: { packets: 5 } },
    { action: 1, counters: { packets: 0, bytes: 0, errors: 0 } },
  ],
  [
    { action: 1, counters: {} },
    { action: 1, counters: { packets: 0, bytes: 0, errors: 0 } },
  ],
  // seg6_local.c: SEG6_LOCAL_LCBLOCK_DBITS is 32, SEG6_LOCAL_LCNODE_FN_DBITS 16.
  [
    { action: 1, flavors: { operation: ['psp', 'next-csid'] } },
    { action: 1, flavors: { operation: 18, lcblockBits: 32, lcnodeFnBits: 16 } },
  ],
]
for (const [encap, normal] of accepted) {
  encapsulation(`${JSON.stringify(encap)} becomes ${JSON.stringify(normal)}`, () => assert.equal(made(encap), normal))
}

const refused: readonly [encap: unknown, problem: string][] = [
  [{ action: 'End.Y' }, 'action: "End.Y" is not the name of an action'],
  [{ action: 0 }, 'action: 0 is not a whole number in 1..4294967295'],
  [{ action: 5 }, 'nh6: action 5 (End.DX6) needs one'],
  [{ action: 7 }, 'table or vrftable: action 7 (End.DT6) needs one'],
  [{ action: 5, nh6: '10.0.0.9' }, 'nh6: 10.0.0.9 is not an IPv6 address'],
  [{ action: 6, nh4: '::1' }, 'nh4: ::1 is not an IPv4 address'],
  [{ action: 5, nh6: 'fd00::9', nh4: '10.0.0.9' }, 'nh4: "10.0.0.9": action 5 (End.DX6) has none'],
  [{ action: 2, nh6: 'fd00::9', iif: 1 }, 'iif: 1: action 2 (End.X) has none'],
  [{ action: 3, table: -1 }, 'table: -1 is not a whole number in 0..4294967295'],
  [
    { action: 15, bpf: { prog: 5 } },
    'bpf: a program is shown by its id, and written by an open file, which an entry cannot have',
  ],
  [{ action: 1, flavors: { lcblockBits: 8 } }, 'flavors.operation: is missing'],
  [{ action: 1, flavors: { operation: 1 } }, 'flavors.operation: 1 is not 2 (psp), 4 (usp), 8 (usd), 16 (next-csid)'],
  [
    { action: 1, flavors: { operation: 2, lcnodeFnBits: 8 } },
    'flavors.lcnodeFnBits: 8 belongs to operation 16 (next-csid)',
  ],
  [{ action: 1, flavors: { operation: 16, lcblockBits: 12 } }, 'flavors.lcblockBits: 12 is not a multiple of 8'],
  [
    { action: 1, flavors: { operation: 16, lcblockBits: 120 } },
    'flavors.lcnodeFnBits: 16 and the 120 of lcblockBits are more than 128',
  ],
  [{ action: 1, counters: { packets: -1 } }, 'counters.packets: -1 is not a whole number in 0..9007199254740991'],
  [{ action: 1, via: 1 }, 'via: there is no such field'],
]
for (const [encap, problem] of refused) {
  encapsulation(`refused: ${problem}`, () => {
    assert.throws(
      () => made(encap),
      (error: Error) => error.message === `nexthop.encap.${problem}`,
    )
  })
}

encapsulation.run()
