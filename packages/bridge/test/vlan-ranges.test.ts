import { vlanEntries } from '@rtnl/bridge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ranges = suite('ranges of VLANs')

ranges('are one entry for each number, with all that the range has', () => {
  assert.equal(
    vlanEntries([
      { vid: 10, vidEnd: 12, flags: 4 },
      { vid: 1, flags: ['pvid', 'untagged'] },
    ]),
    [
      { vid: 10, flags: 4 },
      { vid: 11, flags: 4 },
      { vid: 12, flags: 4 },
      { vid: 1, flags: ['pvid', 'untagged'] },
    ],
  )
  assert.equal(vlanEntries([]), [])
})

ranges('of a tunnel: each VLAN has the next id', () => {
  assert.equal(vlanEntries([{ vid: 10, vidEnd: 12, tunnelId: 100 }]), [
    { vid: 10, tunnelId: 100 },
    { vid: 11, tunnelId: 101 },
    { vid: 12, tunnelId: 102 },
  ])
})

ranges('of different interfaces may overlap', () => {
  const entries = vlanEntries([
    { ifindex: 3, vid: 1, vidEnd: 2, flags: 0 },
    { ifindex: 4, vid: 2, flags: 2 },
    { ifindex: 3, vid: 5, flags: 2 },
  ])
  assert.is(entries.length, 4)
})

const refused: readonly [run: () => unknown, type: typeof Error, message: string][] = [
  [() => vlanEntries([{ vid: 0 }]), RangeError, 'vlan[0].vid: 0 is not a whole number in 1..4094'],
  [() => vlanEntries([{ vid: 4095 }]), RangeError, 'vlan[0].vid: 4095 is not a whole number in 1..4094'],
  [() => vlanEntries([{ vid: 1, vidEnd: 4095 }]), RangeError, 'vlan[0].vidEnd: 4095 is not a whole number in 1..4094'],
  [() => vlanEntries([{ vid: 1.5 }]), RangeError, 'vlan[0].vid: 1.5 is not a whole number in 1..4094'],
  [() => vlanEntries([{ vid: '1' }]), TypeError, 'vlan[0].vid: 1 is not a number'],
  [() => vlanEntries([{}]), TypeError, 'vlan[0].vid: undefined is not a number'],
  [
    () => vlanEntries([{ vid: 7 }, { vid: 30, vidEnd: 20 }]),
    RangeError,
    'vlan[1].vidEnd: 20 is less than 30, with which the range begins',
  ],
  [
    () => vlanEntries([{ vid: 10, vidEnd: 20 }, { vid: 5 }, { vid: 18, vidEnd: 30 }]),
    RangeError,
    'vlan[2].vid: 18 is in vlan[0] already',
  ],
  [() => vlanEntries([{ vid: 10 }, { vid: 10 }]), RangeError, 'vlan[1].vid: 10 is in vlan[0] already'],
  [
    () => vlanEntries([{ vid: 10, vidEnd: 11, flags: 'pvid' }]),
    RangeError,
    'vlan[0].flags: pvid has pvid, which one VLAN can be, and not 10 to 11',
  ],
  [
    () =>
      vlanEntries([
        { vid: 10, flags: 6 },
        { vid: 11, flags: 2 },
      ]),
    RangeError,
    'vlan[1].flags: 2 has pvid, which is in vlan[0] already',
  ],
  [
    () => vlanEntries([{ vid: 10, vidEnd: 12, tunnelId: 0xfffffe }]),
    RangeError,
    'vlan[0].tunnelId: 16777216 is not a whole number in 1..16777215',
  ],
]

for (const [run, type, message] of refused) {
  ranges(`are refused: ${message}`, () => {
    assert.throws(run, (error: Error) => error instanceof type && error.message === message)
  })
}

ranges.run()
