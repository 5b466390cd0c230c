// Prints what it costs to find out what the kernel removed in silence when a link with a few of very many routes goes down.
// unshare -rn node --conditions=rtnl-source --import tsx tools/crashes/src/repair-cost.ts [ROUTES]
import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { Notifier } from '@rtnl/notifier'
import { RouteTable } from '@rtnl/route'

const count = Number(process.argv[2] ?? 1_000_000)
/** Routes of the link that goes down. */
const few = 10

function ip(line: string): void {
  execFileSync('ip', line.split(' '))
}

function batch(lines: Iterable<string>): void {
  execFileSync('ip', ['-batch', '-'], { input: [...lines].join('\n') })
}

function* routes(): Generator<string, void, undefined> {
  for (let index = 0; index < count; index++) {
    const at = (index + 0x100000) * 16
    yield `route add ${at >>> 24}.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}/28 via 198.18.0.2`
  }
  for (let index = 0; index < few; index++) yield `route add 203.0.113.${index * 8}/29 via 198.19.0.2`
}

ip('link set lo up')
for (const [index, name] of ['v0', 'v1'].entries()) {
  ip(`link add ${name} type veth peer name p${name}`)
  ip(`link set ${name} up addrgenmode none`)
  ip(`link set p${name} up addrgenmode none`)
  ip(`addr add 198.${18 + index}.0.1/24 dev ${name}`)
}
batch(routes())

await using notifier = await Notifier.open()
const opening = performance.now()
await using table = await RouteTable.open({ notifier })
const opened = performance.now() - opening
const read = notifier.connection.stats().bytes
console.log(`${table.size} routes read in ${Math.round(opened)} ms: ${(read / 1e6).toFixed(1)} MB`)

for (const what of ['down', 'up']) {
  const before = notifier.connection.stats().bytes
  const { size } = table
  const cpu = process.cpuUsage()
  const start = performance.now()
  ip(`link set v1 ${what}`)
  await table.waitForSync()
  while (what === 'down' ? table.size === size : table.state !== 'live') {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await table.waitForSync()
  const { user, system } = process.cpuUsage(cpu)
  const bytes = notifier.connection.stats().bytes - before
  const times = `${Math.round(performance.now() - start)} ms, ${Math.round((user + system) / 1000)} ms of CPU`
  console.log(`link ${what}: ${size} routes before, ${table.size} after; ${(bytes / 1e6).toFixed(2)} MB read; ${times}`)
}
