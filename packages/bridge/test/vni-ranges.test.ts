import { vniEntries } from '@rtnl/bridge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ranges = suite('ranges of VNIs')

ranges('are one entry for each number, with all that the range has', () => {
  assert.equal(vniEntries([{ vni: 0xfffffe, vniEnd: 0xffffff, group: '239.1.1.1' }, { vni: 7 }]), [
    { vni: 0xfffffe, group: '239.1.1.1' },
    { vni: 0xffffff, group: '239.1.1.1' },
    { vni: 7 },
  ])
  assert.equal(vniEntries([]), [])
})

ranges('of different interfaces may overlap', () => {
  assert.is(
    vniEntries([
      { ifindex: 3, vni: 1, vniEnd: 2 },
      { ifindex: 4, vni: 2 },
    ]).length,
    3,
  )
})

const refused: readonly [run: () => unknown, type: typeof Error, message: string][] = [
  [() => vniEntries([{ vni: 0 }]), RangeError, 'vni[0].vni: 0 is not a whole number in 1..16777215'],
  [() => vniEntries([{ vni: 1.5 }]), RangeError, 'vni[0].vni: 1.5 is not a whole number in 1..16777215'],
  [() => vniEntries([{ vni: '1' }]), TypeError, 'vni[0].vni: 1 is not a number'],
  [() => vniEntries([{}]), TypeError, 'vni[0].vni: undefined is not a number'],
  [
    () => vniEntries([{ vni: 5, vniEnd: 2 ** 24 }]),
    RangeError,
    'vni[0].vniEnd: 16777216 is not a whole number in 1..16777215',
  ],
  [
    () => vniEntries([{ vni: 7 }, { vni: 5, vniEnd: 4 }]),
    RangeError,
    'vni[1].vniEnd: 4 is less than 5, with which the range begins',
  ],
  [() => vniEntries([{ vni: 1, vniEnd: 5 }, { vni: 5 }]), RangeError, 'vni[1].vni: 5 is in vni[0] already'],
]

for (const [run, type, message] of refused) {
  ranges(`are refused: ${message}`, () => {
    assert.throws(run, (error: Error) => error instanceof type && error.message === message)
  })
}

ranges.run()
