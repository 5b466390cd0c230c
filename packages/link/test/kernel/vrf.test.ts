import { execFileSync } from 'node:child_process'
import { addVrf, deleteLink } from '@rtnl/link'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const vrfs = suite('VRFs')

function shown(): { ifname: string; flags: string[]; linkinfo: { info_data: { table: number } } }[] {
  return JSON.parse(execFileSync('ip', ['-j', '-d', 'link', 'show', 'type', 'vrf'], { encoding: 'utf8' }))
}

async function refusal(call: Promise<unknown>): Promise<NetlinkError> {
  try {
    await call
  } catch (error) {
    if (error instanceof NetlinkError) return error
    throw error
  }
  throw new Error('it was not refused')
}

vrfs('are made with their table, up, and deleted; or the kernel says that it has none', async () => {
  await using connection = await Connection.open()
  try {
    await addVrf(connection, { ifname: 'red', table: 100 })
  } catch (error) {
    // A kernel without VRFs says so in its own words.
    assert.instance(error, NetlinkError)
    assert.is((error as NetlinkError).code, 'EOPNOTSUPP')
    assert.match((error as NetlinkError).message, /^add vrf red: Unknown device type/)
    return
  }
  const [red] = shown()
  assert.is(red?.ifname, 'red')
  assert.is(red?.linkinfo.info_data.table, 100)
  assert.ok(red?.flags.includes('UP'))
  assert.is((await refusal(addVrf(connection, { ifname: 'red', table: 100 }))).code, 'EEXIST')
  await deleteLink(connection, 'red')
  assert.equal(shown(), [])
})

vrfs('that are missing, and bad names and tables, are refused', async () => {
  await using connection = await Connection.open()
  assert.is((await refusal(deleteLink(connection, 'red'))).code, 'ENODEV')
  const sent = connection.counters.sentBytes
  for (const table of [0, 252, 255, 0xffffffff, -1, 1.5, 2 ** 32]) {
    let thrown: unknown
    await addVrf(connection, { ifname: 'red', table }).catch((error) => {
      thrown = error
    })
    assert.instance(thrown, RangeError)
    assert.match((thrown as RangeError).message, `vrf.table: ${table} `)
  }
  for (const ifname of ['', '..', 'a/b', 'sixteen-letters-', 'a b']) {
    let thrown: unknown
    await deleteLink(connection, ifname).catch((error) => {
      thrown = error
    })
    assert.instance(thrown, TypeError)
  }
  assert.is(connection.counters.sentBytes, sent, 'nothing is sent')
})

vrfs.run()
