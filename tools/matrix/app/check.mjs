// What every runtime has to do with the installed packages, in a network namespace of its own. Prints a word for each step that
// was done; `ip` is the witness. Ends by itself, with the exit code that it sets: whatever held the process would show.
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'

const EXIT_CODE = 7
const IFF_UP = 1

const ip = (...words) => execFileSync('ip', words, { encoding: 'utf8' })
const shown = () => JSON.parse(ip('-j', 'link', 'show')).map(({ ifindex, ifname, mtu }) => ({ ifindex, ifname, mtu }))
const byIndex = (one, other) => one.ifindex - other.ifindex
const done = (step) => console.log(`done: ${step}`)

// Of the process itself, so that nobody has to believe in the way it was started. Only Node knows.
if (!('Deno' in globalThis) && !('Bun' in globalThis)) {
  process.report.excludeNetwork = true
  console.log(`C library: glibc ${process.report.getReport().header.glibcVersionRuntime}`)
}

const [{ Connection }, { LinkTable }] = await Promise.all([
  import('@rtnl/netlink-core'),
  import('@rtnl/link'),
  import('@rtnl/nexthop'),
  import('@rtnl/route'),
  import('@rtnl/neighbor'),
  import('@rtnl/bridge'),
  import('@rtnl/evpn'),
  import('@rtnl/rule'),
  import('@rtnl/address'),
])
done('import')

const connection = await Connection.open()
done('open')

const links = await LinkTable.open()
const read = [...links].map(({ ifindex, ifname, mtu }) => ({ ifindex, ifname, mtu })).sort(byIndex)
deepStrictEqual(read, shown().sort(byIndex))
strictEqual(read[0]?.ifname, 'lo')
done('dump')

const isUp = () => ((links.get({ ifindex: 1 })?.flags ?? 0) & IFF_UP) !== 0
const wasUp = isUp()
const changes = links.changes()[Symbol.asyncIterator]()
await changes.next()
ip('link', 'set', 'lo', wasUp ? 'down' : 'up')
while (isUp() === wasUp) await changes.next()
done('follow')

const worker = (text) =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: text })
    thread.on('error', reject)
    // At once: a thread that ends quickly does so in the same moment as its message comes.
    const ended = new Promise((end) => thread.on('exit', end))
    thread.on('message', (count) => resolve({ count, ended, thread }))
  })
const { count, ended } = await worker('closes')
strictEqual(count, shown().length)
await ended
const { thread: open } = await worker('stays open')
await open.terminate()
done('worker')

await changes.return()
links.close()
connection.close()
await LinkTable.open().then((table) => table.close())
done('close')

ok(process.exitCode === undefined)
process.exitCode = EXIT_CODE
