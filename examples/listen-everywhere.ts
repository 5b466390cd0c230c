import { Notifier } from '@rtnl/notifier'

const notifier = await Notifier.open({ allNsid: true })
const listener = notifier.listen({
  name: 'links',
  groups: [1], // RTNLGRP_LINK
  types: [16], // RTM_NEWLINK
  allNsid: true,
  decode: ({ view, body }, nsid) => ({ nsid, ifindex: view.getInt32(body + 4, true) }),
})
await listener.update(true)
console.log(`listening: ${listener.status.state}`)
for await (const event of listener) {
  if (event.kind === 'lost') console.log(`messages are lost (${event.reason})`)
  else for (const { nsid, ifindex } of event.messages) console.log(`namespace ${nsid ?? 'own'}: interface ${ifindex}`)
}
