import { type Encapsulation, sameEncapsulation } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const comparing = suite('comparing encapsulations')

// What `ip -d nexthop` shows after `ip nexthop add id 1 encap ip id 5 dst 10.1.1.1 via 10.0.0.2 dev v0`.
const shown: Encapsulation = { id: 5, dst: '10.1.1.1', src: '0.0.0.0', tos: 0, ttl: 0, flags: 0 }

comparing('zeros that the kernel adds say nothing', () => {
  assert.ok(sameEncapsulation({ id: 5, dst: '10.1.1.1' }, shown))
  assert.ok(sameEncapsulation(shown, { id: 5, dst: '10.1.1.1' }))
  assert.not(sameEncapsulation({ id: 5, dst: '10.1.1.1', ttl: 64 }, shown))
  assert.not(sameEncapsulation({ id: 5, dst: '10.1.1.1' }, { ...shown, src: '10.1.1.2' }))
  assert.not(sameEncapsulation({ id: 5, dst: '10.1.1.2' }, shown))
})

comparing('addresses and hex digits may be written in several ways', () => {
  const segments = (...segs: string[]): Encapsulation => ({ mode: 1, segs })
  assert.ok(sameEncapsulation(segments('FD00:0:0::1', '::'), segments('fd00::1', '0::0')))
  assert.not(sameEncapsulation(segments('fd00::1'), segments('fd00::2')))
  assert.not(sameEncapsulation(segments('fd00::1', 'fd00::2'), segments('fd00::2', 'fd00::1')))
  assert.ok(sameEncapsulation('00ABCDEF', '00abcdef'))
  assert.not(sameEncapsulation('00', '0000'))
})

comparing('a label of zero is a label', () => {
  assert.ok(sameEncapsulation({ dst: [16, 0] }, { dst: [16, 0], ttl: 0 }))
  assert.not(sameEncapsulation({ dst: [16] }, { dst: [16, 0] }))
})

comparing('of counters it counts that there are any', () => {
  const zero = { packets: 0, bytes: 0, errors: 0 }
  assert.ok(sameEncapsulation({ action: 1, counters: zero }, { action: 1, counters: { ...zero, packets: 9 } }))
  assert.not(sameEncapsulation({ action: 1, counters: zero }, { action: 1 }))
  assert.not(sameEncapsulation({ action: 1 }, { action: 1, counters: zero }))
  assert.not(sameEncapsulation({ action: 1, counters: zero }, { action: 2, counters: zero }))
})

comparing('something is not nothing', () => {
  assert.ok(sameEncapsulation(undefined, undefined))
  assert.not(sameEncapsulation(undefined, { dst: [16] }))
  assert.not(sameEncapsulation({ dst: [16] }, undefined))
  assert.not(sameEncapsulation({ dst: [16] }, '00'))
})

comparing.run()
