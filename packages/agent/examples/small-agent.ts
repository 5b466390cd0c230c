import { Agent, parseConfig } from '@rtnl/agent'

const config = parseConfig(
  'built in',
  `
tables: [link, rule]
desired: false
listen: false
`,
)
const agent = await Agent.start(config)
const { status, namespaces } = await agent.status()

console.log(status)
for (const { netns = 'own namespace', tables } of namespaces) console.log(`${netns}: ${Object.keys(tables).join(', ')}`)
await agent.close()
