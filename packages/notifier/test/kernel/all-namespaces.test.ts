// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { type ListenerDefinition, Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const all = suite('one socket for all namespaces')

/** `RTNLGRP_LINK` and `RTM_NEWLINK` of linux/rtnetlink.h; `ifi_index` stands 4 bytes behind the message's header. */
const links: ListenerDefinition<{ readonly nsid: number | undefined; readonly ifindex: number }> = {
  name: 'links',
  groups: [1],
  types: [16],
  allNsid: true,
  decode: ({ view, body }, nsid) => ({ nsid, ifindex: view.getInt32(body + 4, true) }),
}

const names = { near: 'near-netns', far: 'far-netns', unknown: 'unknown-netns' }

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' })
}

/** Makes an interface with this index, in a namespace or here. */
function addLink(ifindex: number, netns?: string): void {
  const at = netns === undefined ? [] : ['-n', netns]
  ip(...at, 'link', 'add', `b${ifindex}`, 'index', String(ifindex), 'type', 'bridge')
}

all.before(() => {
  for (const name of Object.values(names)) ip('netns', 'add', name)
  ip('netns', 'set', names.near, '7')
  ip('netns', 'set', names.far, '8')
})
all.after(() => {
  for (const name of Object.values(names)) ip('netns', 'delete', name)
  ip('link', 'delete', 'b301')
})

all('a listener hears the namespaces that have an id here, and is told which one', async () => {
  await using notifier = await Notifier.open({ allNsid: true })
  const everywhere = notifier.listen(links)
  const here = notifier.listen({ ...links, allNsid: false })
  await everywhere.update(true)
  await here.update(true)
  addLink(101, names.near)
  addLink(201, names.far)
  addLink(401, names.unknown)
  addLink(301)
  await notifier.fence()
  const heard = everywhere.take()
  const ids = JSON.parse(ip('-j', 'netns', 'list-id')) as { nsid: number; name: string }[]
  const idOf = (name: string): number | undefined => ids.find((id) => id.name === name)?.nsid
  // A new interface is told more than once.
  const expected = [
    { nsid: idOf(names.near), ifindex: 101 },
    { nsid: idOf(names.far), ifindex: 201 },
    { nsid: undefined, ifindex: 301 },
  ]
  const distinct = new Map(
    heard?.kind === 'messages' ? [...heard.messages].map((one) => [JSON.stringify(one), one] as const) : [],
  )
  assert.equal([...distinct.values()], expected)
  assert.equal([idOf(names.near), idOf(names.far)], [7, 8])
  const own = here.take()
  assert.equal([...new Set(own?.kind === 'messages' ? [...own.messages].map(({ ifindex }) => ifindex) : [])], [301])
})

all.run()
