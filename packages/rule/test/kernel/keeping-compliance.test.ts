import { keepingCompliance } from '@rtnl/compliance'
import { type Rule, ruleOwner } from '@rtnl/rule'
import { suite } from 'uvu'
import { ipRules } from '../support/shown.ts'

const tests = suite('compliance of kept rules')
keepingCompliance<Rule>(tests, {
  setup: ['ip link set lo up'],
  others: [
    'ip rule add priority 100 from 10.0.0.0/8 table 9 protocol 186',
    'ip rule add priority 150 table 9 protocol 186',
  ],
  rules: async () => ruleOwner({ protocol: 84 }),
  wanted: () => [
    { priority: 100, src: '10.0.0.0/8', table: 5 },
    { priority: 101, src: '10.1.0.0/16', iifname: 'v0', table: 6 },
    { priority: 90, goto: 100, dst: 'fd00::/8' },
    { priority: 110, action: 6, fwmark: 7, dportRange: { start: 80, end: 80 } },
  ],
  changed: () => ({ priority: 100, src: '10.0.0.0/8', table: 7 }),
  // The new one is added before the old one is removed.
  changeRequests: 2,
  edit: 'ip rule del priority 100 from 10.0.0.0/8 table 5 protocol 84',
  remove: 'ip rule del priority 110 protocol 84',
  shown: ipRules,
})
tests.run()
