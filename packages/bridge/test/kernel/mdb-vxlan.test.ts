import { setImmediate } from 'node:timers/promises'
import { MdbMessage, MdbTable, mdbDefinition } from '@rtnl/bridge'
import { content } from '@rtnl/compliance'
import { Connection, Errno, MessageFlag, type NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold } from '../support/fold.ts'
import { ifindex, inNetns } from '../support/netns.ts'
import { type VxlanOptions, vxlanGroupRequest } from '../support/vxlan-group.ts'

/** Linux 6.4 and iproute2 6.4 know multicast groups of vxlans; what is written here needs the kernel alone. */
const tests = suite('multicast groups of vxlans')

const setup = [
  'ip link add vx0 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning',
  'ip link add vx1 type vxlan external dstport 4790 local 10.0.0.1 nolearning',
]
const group = '239.1.1.1'
const create = MessageFlag.CREATE | MessageFlag.EXCL
const replace = MessageFlag.CREATE | MessageFlag.REPLACE

type Write = (vxlan: string, options: VxlanOptions, flags?: number, type?: number) => Promise<void>

function inScene(test: (netns: string, write: Write) => Promise<void>): Promise<void> {
  return inNetns(setup, async (netns) => {
    await using connection = await Connection.open({ netns })
    await test(netns, async (vxlan, options, flags = create, type = MdbMessage.NEW) => {
      const entry = vxlanGroupRequest(ifindex(netns, vxlan), group, options)
      await connection.request({ ...entry, type, flags, operation: 'write a group' })
    })
  })
}

/** Until readers of changes have been told. */
async function told(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

function refusal(writing: Promise<void>): Promise<number> {
  return writing.then(
    () => 0,
    (error: unknown) => (error as NetlinkError).errno,
  )
}

async function isKnown(): Promise<boolean> {
  let errno = 0
  await inScene(async (_netns, write) => {
    errno = await refusal(write('vx0', { dst: '192.0.2.1' }))
  })
  return errno === 0
}

if (await isKnown()) {
  tests('are read, and followed', () =>
    inScene(async (netns, write) => {
      const index = ifindex(netns, 'vx0')
      await write('vx0', { dst: '192.0.2.1' })
      await using table = await MdbTable.open({ netns })
      const [first] = table
      assert.equal(
        [first?.ifindex, first?.port, first?.group, first?.dst, first?.source],
        [index, index, group, '192.0.2.1', undefined],
      )
      assert.equal(table.get(first!), first)
      const fold = new Fold(table)
      await write('vx0', { dst: '192.0.2.2' })
      await write('vx0', { dst: '192.0.2.2', source: '10.0.0.9' })
      await write('vx0', { dst: '192.0.2.1' }, 0, MdbMessage.DEL)
      await table.waitForSync()
      await told()
      assert.equal([...table].map(mdbDefinition.keyText).sort(), [
        `${index} port ${index} grp ${group} dst 192.0.2.2`,
        `${index} port ${index} grp ${group} src 10.0.0.9 dst 192.0.2.2`,
      ])
      assert.equal(content(mdbDefinition, fold.entries.values()), content(mdbDefinition, table))
      const held = content(mdbDefinition, table)
      await table.resync()
      assert.equal(content(mdbDefinition, table), held)
    }),
  )

  tests('are the same whatever way they go: the kernel replaces the way', () =>
    inScene(async (netns, write) => {
      const index = ifindex(netns, 'vx0')
      await write('vx0', { dst: '192.0.2.1' })
      for (const way of [{}, { dstPort: 4790 }, { vni: 0 }, { vni: 11 }]) {
        assert.is(await refusal(write('vx0', { dst: '192.0.2.1', ...way })), Errno.EEXIST)
      }
      await using table = await MdbTable.open({ netns })
      const fold = new Fold(table)
      for (const way of [{ dstPort: 4790 }, { vni: 0 }, { vni: 11 }]) {
        await write('vx0', { dst: '192.0.2.1', ...way }, replace)
        await table.waitForSync()
        await told()
        const [entry, ...rest] = table
        assert.equal(rest, [])
        assert.equal([entry?.dstPort, entry?.vni], [way.dstPort, way.vni])
        assert.equal(table.get({ ifindex: index, port: index, group, dst: '192.0.2.1' }), entry)
        assert.equal([...fold.entries.values()], [entry])
      }
    }),
  )

  tests('of a vxlan of many VNIs: the VNI 0 is none, and another is another', () =>
    inScene(async (netns, write) => {
      const index = ifindex(netns, 'vx1')
      await write('vx1', { dst: '192.0.2.1', srcVni: 0 })
      assert.is(await refusal(write('vx1', { dst: '192.0.2.1' })), Errno.EEXIST)
      await write('vx1', { dst: '192.0.2.1', srcVni: 5 })
      await using table = await MdbTable.open({ netns })
      const key = { ifindex: index, port: index, group, dst: '192.0.2.1' }
      assert.is(table.size, 2)
      assert.is(table.get(key)?.srcVni, undefined)
      assert.equal(table.get({ ...key, srcVni: 0 }), table.get(key))
      assert.is(table.get({ ...key, srcVni: 5 })?.srcVni, 5)
    }),
  )
} else {
  tests('not applicable: this kernel has no multicast groups of vxlans', () =>
    inScene(async (netns, write) => {
      assert.is(await refusal(write('vx0', { dst: '192.0.2.1' })), Errno.EOPNOTSUPP)
      await using table = await MdbTable.open({ netns })
      assert.is(table.size, 0)
    }),
  )
}

tests.run()
