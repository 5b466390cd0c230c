import { execFileSync } from 'node:child_process'
import { type Link, LinkTable } from '@rtnl/link'
import type { Change } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const links = suite('links of the kernel')

const ip = (command: string): string => execFileSync('ip', command.split(' '), { encoding: 'utf8' })

/** What `ip -j -d link` says, in our fields. */
interface Shown {
  readonly ifindex: number
  readonly ifname: string
  readonly altnames?: string[]
  readonly mtu: number
  readonly address?: string
  readonly master?: string
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: Readonly<Record<string, unknown>> }
}

function shown(): Map<number, Partial<Link>> {
  const list = JSON.parse(ip('-j -d link')) as Shown[]
  const indexes = new Map(list.map(({ ifname, ifindex }) => [ifname, ifindex]))
  return new Map(
    list.map(({ ifindex, ifname, altnames, mtu, address, master, linkinfo }) => {
      const data = linkinfo?.info_data ?? {}
      const entry: Partial<Link> = {
        ifindex,
        ifname,
        mtu,
        ...(altnames === undefined ? {} : { altnames }),
        ...(address === undefined ? {} : { address }),
        ...(master === undefined ? {} : { master: indexes.get(master) ?? -1 }),
        ...(linkinfo?.info_kind === undefined ? {} : { kind: linkinfo.info_kind }),
        ...(linkinfo?.info_kind === 'vxlan'
          ? { vxlan: { id: data.id as number, local: data.local as string, port: data.port as number } }
          : {}),
      }
      return [ifindex, entry]
    }),
  )
}

/** Of an entry the fields that `shown` has. */
function comparable({ ifindex, ifname, altnames, mtu, address, master, kind, vxlan }: Link): Partial<Link> {
  return {
    ifindex,
    ...(ifname === undefined ? {} : { ifname }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(altnames === undefined ? {} : { altnames }),
    ...(address === undefined ? {} : { address }),
    ...(master === undefined ? {} : { master }),
    ...(kind === undefined ? {} : { kind }),
    ...(vxlan === undefined ? {} : { vxlan: { id: vxlan.id!, local: vxlan.local!, port: vxlan.port! } }),
  }
}

const steps: readonly (readonly [string, readonly string[]])[] = [
  ['are added', ['link add v0 type veth peer name v1', 'link add br0 type bridge', 'link set br0 up']],
  ['have kinds', ['link add vx0 type vxlan id 10 dstport 4789 local 192.0.2.1', 'link set vx0 up']],
  ['join a bridge and leave it, which is no deletion', ['link set v0 master br0', 'link set v0 nomaster']],
  ['are in a bridge', ['link set v0 master br0', 'link set v0 up', 'link set v1 up']],
  ['are renamed and have other names', ['link set v1 down', 'link set v1 name w1', 'link set w1 up']],
  ['have other names', ['link property add dev w1 altname another']],
  ['change', ['link set v0 mtu 1400', 'link set w1 address 02:00:00:00:00:77']],
  ['are deleted, and their indexes used again', ['link del v0', 'link add e0 index 77 type bridge', 'link del e0']],
  ['come back with an index', ['link add e0 index 77 type veth peer name e1']],
]

links('equal what ip says after each step, and the changes fold to them', async () => {
  const table = await LinkTable.open()
  const fold = new Map<string, Link>()
  const following = (async () => {
    for await (const batch of table.changes()) {
      for (const change of batch.changes as Change<Link>[]) {
        if (change.kind === 'removed') fold.delete(change.key)
        else fold.set(change.key, change.entry)
      }
    }
  })()
  for (const [what, commands] of steps) {
    for (const command of commands) ip(command)
    await table.waitForSync()
    await new Promise((resolve) => setTimeout(resolve, 10))
    const wanted = shown()
    assert.equal(new Map([...table].map((link) => [link.ifindex, comparable(link)])), wanted, `links that ${what}`)
    assert.equal(new Map([...fold.values()].map((link) => [link.ifindex, comparable(link)])), wanted, what)
    for (const { ifindex, ifname, altnames = [] } of wanted.values()) {
      assert.is(table.ifname(ifindex!), ifname)
      for (const name of [ifname!, ...altnames]) assert.is(table.ifindex(name), ifindex)
    }
    assert.is(table.ifindex('v9'), undefined)
  }
  table.close()
  await following
})

links.run()
