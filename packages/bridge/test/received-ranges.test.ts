import { DecodeError, type MessageCursor, readMessages } from '@rtnl/netlink-core'
import { messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { VlanMessage } from '../src/vlan/constants.ts'
import { vlanMessage, vlansOf } from '../src/vlan/message.ts'
import { VniMessage } from '../src/vni/constants.ts'
import { vniMessage, vnisOf } from '../src/vni/message.ts'

const received = suite('ranges in a message of the kernel')

type Ranges = readonly (readonly [first: number, last: number])[]

/** Calls a function with the cursor at a message. */
function at<Result>(bytes: Uint8Array, read: (cursor: MessageCursor) => Result): Result {
  const results: Result[] = []
  readMessages(bytes, (cursor) => results.push(read(cursor)))
  return results[0]!
}

function vnis(ranges: Ranges): (number | undefined)[] {
  const entries = ranges.map(([start, end]) => ({ start, end }))
  const bytes = messageBytes(vniMessage, { type: VniMessage.NEW }, { family: 7, ifindex: 3, entries })
  return at(bytes, (cursor) => Array.from(vnisOf(cursor), ({ vni }) => vni))
}

function vlans(ranges: Ranges): (number | undefined)[] {
  const entries = ranges.map(([vid, range]) => ({ info: { vid, flags: 0 }, range }))
  const bytes = messageBytes(vlanMessage, { type: VlanMessage.NEW }, { family: 7, ifindex: 3, entries })
  return at(bytes, (cursor) => Array.from(vlansOf(cursor), ({ vid }) => vid))
}

for (const [name, read, most] of [
  ['VNIs', vnis, 0xffffff],
  ['VLANs', vlans, 4094],
] as const) {
  received(`${name} that follow each other, in any order`, () => {
    assert.equal(
      read([
        [7, 9],
        [3, 3],
        [4, 6],
        [most, most],
      ]),
      [7, 8, 9, 3, 4, 5, 6, most],
    )
    assert.equal(read([]), [])
  })

  received(`thousands of ranges of all ${name} are refused before any is read`, () => {
    const ranges = Array.from({ length: 1500 }, () => [1, most] as const)
    const text = new RegExp(`1 to ${most} and 1 to ${most} overlap`)
    assert.throws(
      () => read(ranges),
      (error: Error) => error instanceof DecodeError && text.test(error.message),
    )
  })

  received(`${name} that are shown twice, none, or out of bounds`, () => {
    const refused: readonly [Ranges, RegExp][] = [
      [
        [
          [5, 9],
          [20, 20],
          [1, 5],
        ],
        /1 to 5 and 5 to 9 overlap/,
      ],
      [
        [
          [5, 5],
          [5, 5],
        ],
        /5 to 5 and 5 to 5 overlap/,
      ],
      [[[0, 5]], new RegExp(`0 to 5 is no range in 1..${most}`)],
      [[[5, 4]], new RegExp(`5 to 4 is no range in 1..${most}`)],
      [[[5, most + 1]], new RegExp(`5 to ${most + 1} is no range in 1..${most}`)],
    ]
    for (const [ranges, text] of refused) {
      assert.throws(
        () => read(ranges),
        (error: Error) => error instanceof DecodeError && text.test(error.message),
      )
    }
  })
}

received.run()
