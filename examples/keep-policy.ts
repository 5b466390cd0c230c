import { keep } from '@rtnl/reconcile'
import { ruleOwner } from '@rtnl/rule'

const rules = await keep(ruleOwner({ protocol: 84 }), [
  { priority: 100, src: '10.0.0.0/8', table: 5 },
  { priority: 110, fwmark: 7, action: 'unreachable' },
])
console.log(`${rules.size} rules are kept`)
