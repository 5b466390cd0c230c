import { type FieldSubject, fieldCompliance, numbersAndJunk, withFields } from '@rtnl/compliance'
import type { DesiredEntry } from '@rtnl/reconcile'
import { type Rule, RuleFlag, ruleOwner } from '@rtnl/rule'
import fc from 'fast-check'
import { suite } from 'uvu'

const ranges = fc.oneof(
  fc.constantFrom<unknown>({ start: 80, end: 80 }, { start: 1, end: 65534 }, { start: 90, end: 80 }, { start: 80 }, 80),
  fc.record({ start: numbersAndJunk, end: numbersAndJunk }),
)
const masks = fc.oneof(fc.constantFrom<unknown>(0x3f, 0x3c, 0xfff0, 0xffff, 0xfffff, 0x10, 0), numbersAndJunk)
const prefixes = fc.constantFrom<unknown>(
  ...['10.0.0.0/8', '10.1.2.3/8', '10.1.2.3/32', '0.0.0.0/0', 'FD00::/8', 'fd00::1/128', '::/0'],
  ...['10.0.0.0/33', 'fd00::/129', '10.0.0.0', '10.0.0.0/08', '10.0.0/8', '', null, 10],
)
const names = fc.constantFrom<unknown>('v0', 'lo', 'fifteen-letters', 'sixteen-letters-', 'a/b', '', '.', 'ä', null, 1)

const wanted = withFields<DesiredEntry<Rule>>(
  fc
    .constantFrom(
      { table: 5 },
      { table: 1000, action: 'lookup' },
      { action: 'prohibit' },
      { goto: 70000 },
      { l3mdev: 1 },
    )
    .map((fields) => ({ priority: 50, ...fields })),
  {
    family: fc.constantFrom<unknown>(2, 10, 'inet6', 0, 7, null),
    tos: fc.oneof(fc.constantFrom<unknown>(0x10, 0xb8, 0xfc, 0x13), numbersAndJunk),
    action: fc.constantFrom<unknown>(1, 2, 3, 6, 7, 8, 0, 4, 'nop', 'blackhole', 'x', null),
    flags: fc.oneof(
      fc.constantFrom<unknown>('invert', ['invert', 'find_saddr'], ['unresolved'], 'permanent'),
      numbersAndJunk,
    ),
    table: fc.oneof(fc.constantFrom<unknown>('main', 252, 0xffffffff), numbersAndJunk),
    suppressPrefixlen: fc.oneof(fc.constantFrom<unknown>(32, 33, 128, 129), numbersAndJunk),
    suppressIfgroup: fc.oneof(fc.constantFrom<unknown>('default'), numbersAndJunk),
    protocol: fc.constantFrom<unknown>(84, '84', 3, 'bgp', null),
    iifname: names,
    oifname: names,
    priority: fc.oneof(fc.constantFrom<unknown>(0, 70000, 0xfffffffe), numbersAndJunk),
    fwmark: numbersAndJunk,
    fwmask: numbersAndJunk,
    goto: numbersAndJunk,
    tunId: fc.oneof(fc.constantFrom<unknown>(2 ** 53 - 1, 2 ** 53), numbersAndJunk),
    l3mdev: numbersAndJunk,
    uidRange: fc.oneof(fc.constantFrom<unknown>({ start: 0, end: 0 }, { start: 5, end: 4 }), ranges),
    sportRange: ranges,
    sportMask: masks,
    dportRange: ranges,
    dportMask: masks,
    ipProto: fc.oneof(fc.constantFrom<unknown>('tcp', 'xyz'), numbersAndJunk),
    dscp: fc.oneof(fc.constantFrom<unknown>(0, 12, 63, 64), numbersAndJunk),
    dscpMask: masks,
    src: prefixes,
    dst: prefixes,
    flow: numbersAndJunk,
    flowlabel: fc.oneof(fc.constantFrom<unknown>(0x100, 0xfffff, 0x100000), numbersAndJunk),
    flowlabelMask: masks,
  },
)

/** A mask that leaves nothing out is shown where none was given. */
function told({ flags, ...shown }: Rule): Rule {
  const { sportMask, dportMask, dscpMask, flowlabelMask, ...rest } = shown
  return {
    ...rest,
    flags: flags & (RuleFlag.INVERT | RuleFlag.FIND_SADDR),
    ...(sportMask === undefined || sportMask === 0xffff ? {} : { sportMask }),
    ...(dportMask === undefined || dportMask === 0xffff ? {} : { dportMask }),
    ...(dscpMask === undefined || dscpMask === 63 ? {} : { dscpMask }),
    ...(flowlabelMask === undefined || flowlabelMask === 0xfffff ? {} : { flowlabelMask }),
  }
}

const subject: FieldSubject<Rule, DesiredEntry<Rule>> = {
  setup: ['ip link set lo up'],
  rules: async () => ruleOwner({ protocol: 84 }),
  wanted: () => wanted,
  told,
  tries: 1500,
}

const tests = suite('fields of rules')
fieldCompliance(tests, subject)
tests.run()
