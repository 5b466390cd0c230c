import { noInterfaces } from '@rtnl/reconcile'
import { ruleOwner } from '@rtnl/rule'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const fields = suite('fields of rules')
const { normalize } = ruleOwner({ protocol: 84 })

const refusals: [rule: object, problem: string][] = [
  [{ priority: 5 }, 'rule.action: is missing, and neither table, l3mdev nor goto says what the rule does'],
  [{ table: 5 }, 'rule.priority: is missing'],
  [{ priority: 5, action: 1 }, 'rule.action: 1 (lookup) needs table or l3mdev beside it'],
  [{ priority: 5, action: 'goto' }, 'rule.action: 2 (goto) needs goto beside it'],
  [{ priority: 5, goto: 5 }, 'rule.goto: 5 is not behind the priority of the rule, 5'],
  [{ priority: 5, table: 5, src: '10.0.0.0/33' }, 'rule.src: "10.0.0.0/33" is longer than 32 bits'],
  [{ priority: 5, table: 5, src: '10.0.0.1' }, 'rule.src: "10.0.0.1" is not a prefix such as 10.0.0.0/8'],
  [{ priority: 5, table: 5, src: '10.0.0.0/8', dst: 'fd00::/8' }, 'rule.dst: fd00::/8 is not a prefix of IPv4'],
  [{ priority: 5, table: 5, family: 10, src: '10.0.0.0/8' }, 'rule.src: 10.0.0.0/8 is not a prefix of IPv6'],
  [{ priority: 5, table: 5, sportRange: { start: 9, end: 8 } }, 'rule.sportRange.end: 8 is less than start, 9'],
  [
    { priority: 5, table: 5, dportRange: { start: 0, end: 8 } },
    'rule.dportRange.start: 0 is not a whole number in 1..65534',
  ],
  [{ priority: 5, table: 5, uidRange: { start: 7, end: 6 } }, 'rule.uidRange.end: 6 is less than start, 7'],
  [{ priority: 5, table: 5, tos: 0x11 }, 'rule.tos: 17 has bits of congestion notification, which no rule matches'],
  [{ priority: 5, table: 5, tos: 8, dscp: 2 }, 'rule.dscp: 2 cannot stand beside tos'],
  [{ priority: 5, table: 5, flowlabel: 2 }, 'rule.flowlabel: 2 is of IPv6 only'],
  [{ priority: 5, table: 5, family: 'inet6', flow: 2 }, 'rule.flow: 2 is of IPv4 only'],
  [{ priority: 5, table: 5, l3mdev: 1 }, 'rule.table: 5 cannot stand beside l3mdev'],
  [{ priority: 5, table: 5, protocol: 85 }, 'rule.protocol: 85 is not 84, whose rules are written'],
  [{ priority: 5, table: 5, iif: 'v0' }, 'rule.iif: there is no such field; it is called iifname'],
  [
    { priority: 5, table: 5, iifname: 'sixteen-letters-' },
    'rule.iifname: "sixteen-letters-" is not the name of an interface',
  ],
]

for (const [rule, problem] of refusals) {
  fields(`refused: ${JSON.stringify(rule)}`, () => {
    assert.throws(
      () => normalize(rule, noInterfaces),
      ({ message }: Error) => message === problem,
    )
  })
}

fields('what is left out is what the kernel shows of a plain rule', () => {
  assert.equal(normalize({ priority: 5, table: 'main' }, noInterfaces), {
    ...{ family: 2, tos: 0, action: 1, flags: 0 },
    ...{ table: 254, protocol: 84, priority: 5 },
  })
  assert.equal(normalize({ priority: 5, goto: 9, dst: 'FD00::/8', fwmark: 7 }, noInterfaces), {
    ...{ family: 10, tos: 0, action: 2, flags: 0, dst: 'fd00::/8', fwmark: 7, fwmask: 0xffffffff },
    ...{ goto: 9, protocol: 84, priority: 5 },
  })
})

fields('an owner needs a protocol that is a mark', () => {
  for (const protocol of [0, 256, 1.5, '84']) {
    assert.throws(() => ruleOwner({ protocol: protocol as number }), /^protocol: .* is not a whole number in 1\.\.255$/)
  }
})

fields.run()
