// timeout: 120
// runtimes: node deno
import { compliance } from '@rtnl/compliance'
import { type Rule, ruleDefinition } from '@rtnl/rule'
import { suite } from 'uvu'
import { asIpShows, ipRules } from '../support/shown.ts'

const numbers = Array.from({ length: 1000 }, (_, index) => index + 1000)

const tests = suite('compliance of rules')
compliance<Rule>(tests, {
  definition: ruleDefinition,
  setup: ['ip link set lo up'],
  add: [
    'ip rule add from 10.0.0.0/8 iif v0 priority 100 table 5 protocol 84',
    'ip -6 rule add to fd00::/8 fwmark 7/0xff priority 100 blackhole',
    'ip rule add priority 90 goto 100',
  ],
  // The kernel has no request that changes a rule.
  change: [],
  remove: ['ip rule del priority 90', 'ip -6 rule del priority 100', 'ip rule del priority 100'],
  flood: numbers.flatMap((number) => [
    `ip rule add priority ${number} fwmark ${number} table ${number}`,
    ...(number % 2 === 0 ? [`ip rule del priority ${number}`] : []),
  ]),
  silent: {
    before: ['ip rule add priority 90 goto 100', 'ip rule add priority 91 iif v0 table 5'],
    lines: ['ip rule add priority 100 table 5', 'ip link add v0 type veth peer name v1'],
  },
  identity: asIpShows,
  truth: ipRules,
})
tests.run()
