import { attribute, header, message, u8, u32 } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withEngine } from '../src/engines.ts'
import { changed, changeSize } from '../src/mutation.ts'
import { Broken, everywhere } from '../src/surroundings.ts'

const tests = suite('how hostile bytes are tried')

tests('a look at bytes behind a message is found', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4)
  assert.is(
    everywhere(bytes, 'the last byte', ({ view, end }) => String(view.getUint8(end - 1))),
    '4',
  )
  const behind = (): string =>
    everywhere(bytes, 'the byte behind', ({ view, end }) => (end < view.byteLength ? String(view.getUint8(end)) : ''))
  assert.throws(
    behind,
    (error: unknown) => error instanceof Broken && error.message.includes('depends on bytes around'),
  )
})

tests('either engine reads a set of attributes', () => {
  const thing = message('thing', { header: { family: header(u8) }, attributes: { id: attribute(1, u32) } })
  const view = new DataView(Uint8Array.of(7, 0, 0, 0, 8, 0, 1, 0, 5, 0, 0, 0).buffer)
  for (const engine of ['compiled', 'interpreted'] as const) {
    assert.equal(
      withEngine(engine, () => thing.decode(view, 0, 12)),
      { family: 7, id: 5 },
    )
  }
})

tests('changes keep the lengths of what is around them right', () => {
  // An attribute of 8 bytes inside of one of 12, behind a header of 4.
  const body = Uint8Array.of(2, 0, 0, 0, 12, 0, 5, 0, 8, 0, 1, 0, 1, 2, 3, 4)
  const change = (kind: number, place: number, value = 0): number[] => {
    const script = new Uint8Array(changeSize)
    script.set([kind, place, value & 0xff, value >> 8])
    return [...changed(body, script, 4)]
  }
  const duplicate = 5
  assert.equal(change(duplicate, 1), [2, 0, 0, 0, 20, 0, 5, 0, 8, 0, 1, 0, 1, 2, 3, 4, 8, 0, 1, 0, 1, 2, 3, 4])
  const remove = 6
  assert.equal(change(remove, 1), [2, 0, 0, 0, 4, 0, 5, 0])
  const setType = 3
  assert.equal(change(setType, 0, 9), [2, 0, 0, 0, 12, 0, 9, 0, ...body.slice(8)])
})

tests.run()
