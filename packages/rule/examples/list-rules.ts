import { RuleTable } from '@rtnl/rule'

const inet = 2
const rules = await RuleTable.open()

for (const { priority, src = 'all', table, action } of rules.inOrder(inet)) {
  const what = table === undefined ? `action ${action}` : `table ${table}`
  console.log(`${priority}: from ${src} ${what}`)
}
rules.close()
