// Captures what the running kernel says of nexthops, as test vectors. Run by hand, as root, from the root of the tree:
//   node --conditions=rtnl-source --import tsx tools/capture.ts
// Works in network namespaces of its own, and writes packages/nexthop/test/vectors/NAME.hex: the commands and the
// kernel's version as comments, what `ip` made of it, and the messages with their headers.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import {
  Connection,
  formatHex,
  MessageFlag,
  MulticastGroup,
  type Request,
  readMessages,
} from '../packages/netlink-core/src/index.ts'
import {
  type Nexthop,
  NexthopBucketMessage,
  NexthopMessage,
  nexthopBucketMessage,
  nexthopMessage,
} from '../packages/nexthop/src/index.ts'

interface Case {
  readonly name: string
  /** `ip` commands that come before, not captured. */
  readonly before?: readonly string[]
  /** The `ip` command whose notification is captured, or an entry where this iproute2 cannot write it. */
  readonly command: string | { readonly entry: Partial<Nexthop>; readonly why: string }
  /** The nexthop that the dump is searched for. */
  readonly id: number
  readonly buckets?: true
}

const members = ['nexthop add id 1 via 10.0.0.2 dev v0', 'nexthop add id 2 via 10.0.0.3 dev v0']
const fdbMembers = ['nexthop add id 1 via 192.0.2.1 fdb', 'nexthop add id 2 via 192.0.2.2 fdb']
const resilient = 'nexthop add id 10 group 1,3/2 type resilient buckets 8 idle_timer 60 unbalanced_timer 300'

const cases: readonly Case[] = [
  { name: 'gateway-ipv4', command: 'nexthop add id 1 via 10.0.0.2 dev v0', id: 1 },
  { name: 'gateway-ipv6', command: 'nexthop add id 1 via 2001:db8::2 dev v0', id: 1 },
  { name: 'blackhole', command: 'nexthop add id 1 blackhole', id: 1 },
  { name: 'device', command: 'nexthop add id 1 dev v0', id: 1 },
  { name: 'onlink', command: 'nexthop add id 1 via 198.51.100.1 dev v0 onlink', id: 1 },
  { name: 'fdb-ipv4', command: 'nexthop add id 1 via 192.0.2.1 fdb', id: 1 },
  { name: 'fdb-ipv6', command: 'nexthop add id 1 via 2001:db8::9 fdb', id: 1 },
  { name: 'protocol', command: 'nexthop add id 4294967295 via 10.0.0.2 dev v0 proto bgp', id: 4294967295 },
  { name: 'group', before: members, command: 'nexthop add id 10 group 1,100/2,200', id: 10 },
  {
    name: 'group-wide-weight',
    before: members,
    command: {
      entry: {
        id: 10,
        group: [
          { id: 1, weight: 1000 },
          { id: 2, weight: 65535 },
        ],
      },
      why: 'iproute2 6.1 writes no weight above 256',
    },
    id: 10,
  },
  { name: 'group-fdb', before: fdbMembers, command: 'nexthop add id 10 group 1/2 fdb', id: 10 },
  { name: 'group-resilient', before: members, command: resilient, id: 10, buckets: true },
  {
    name: 'encap-seg6',
    command: 'nexthop add id 1 encap seg6 mode encap segs fc00::1,fc00::2 via 2001:db8::2 dev v0',
    id: 1,
  },
  {
    name: 'encap-ip',
    command: 'nexthop add id 1 encap ip id 100 dst 192.0.2.1 src 192.0.2.2 tos 4 ttl 64 via 10.0.0.2 dev v0',
    id: 1,
  },
  {
    name: 'encap-ip6',
    command: 'nexthop add id 1 encap ip6 id 100 dst fc00::1 src fc00::2 tc 4 hoplimit 64 via 10.0.0.2 dev v0',
    id: 1,
  },
  // Needs the modules mpls_router and mpls_iptunnel.
  { name: 'encap-mpls', command: 'nexthop add id 1 encap mpls 100/200 ttl 5 via 10.0.0.2 dev v0', id: 1 },
  { name: 'delete', before: members, command: 'nexthop del id 1', id: 1 },
]

const setup = [
  'link add v0 type veth peer name v1',
  'link set lo up',
  'link set v0 up',
  'link set v1 up',
  'addr add 10.0.0.1/24 dev v0',
  'addr add 2001:db8::1/64 dev v0 nodad',
]

const folder = new URL('../packages/nexthop/test/vectors/', import.meta.url)

function ip(netns: string, command: string): string {
  return execFileSync('ip', ['-n', netns, ...command.split(' ')], { encoding: 'utf8' })
}

/** The whole messages of a dump, as hex digits, of those that `wanted` says are wanted. */
async function dump<Entry>(
  connection: Connection,
  request: Request<Entry>,
  wanted: (entry: Entry) => boolean,
): Promise<string[]> {
  let found: string[] = []
  await connection.dumpInto(request, {
    message({ view, start, body, end }) {
      if (wanted(request.message.decode(view, body, end))) found.push(formatHex(view, start, end - start))
    },
    restart() {
      found = []
    },
  })
  return found
}

async function capture({ name, before = [], command, id, buckets }: Case): Promise<void> {
  const netns = `rtnl-capture-${process.pid}`
  execFileSync('ip', ['netns', 'add', netns])
  try {
    for (const line of [...setup, ...before]) ip(netns, line)
    await using connection = await Connection.open({ netns })
    const notified: string[] = []
    const socket = connection.openNotifications()
    socket.start({
      data(bytes) {
        readMessages(bytes, ({ view, start, end }) => {
          notified.push(formatHex(view, start, end - start))
        })
      },
      overrun(reason) {
        throw new Error(`${name}: notifications were lost: ${reason}`)
      },
      failed(error) {
        throw error
      },
    })
    socket.join(MulticastGroup.NEXTHOP)
    const flags = MessageFlag.CREATE | MessageFlag.EXCL
    if (typeof command === 'string') ip(netns, command)
    else {
      const { entry } = command
      const operation = `add nexthop id ${id}`
      await connection.request({ message: nexthopMessage, type: NexthopMessage.NEW, flags, entry, operation })
    }
    await new Promise<void>((done) => socket.sync(done))
    const all = { message: nexthopMessage, type: NexthopMessage.GET, entry: {}, operation: 'dump nexthop' }
    const dumped = await dump(connection, all, (entry) => entry.id === id)
    // Of an IP tunnel `ip` writes the tunnel's id under the same name, behind that of the nexthop.
    const shown = JSON.parse(ip(netns, '-j -d nexthop')) as { id: number; encap?: string }[]
    const json = shown.find((entry) => entry.id === id || entry.encap !== undefined)
    const lines = [
      `# kernel ${release()}, ${execFileSync('ip', ['-V'], { encoding: 'utf8' }).trim()}`,
      ...[...setup, ...before].map((line) => `# before: ip ${line}`),
      typeof command === 'string'
        ? `# ip ${command}`
        : `# RTM_NEWNEXTHOP ${JSON.stringify(command.entry)}: ${command.why}`,
      ...(json === undefined ? [] : [`# json: ${JSON.stringify(json)}`]),
      ...notified.map((hex) => `notification ${hex}`),
      ...dumped.map((hex) => `dump ${hex}`),
    ]
    if (buckets) {
      const request = { type: NexthopBucketMessage.GET, entry: { id }, operation: 'dump buckets' }
      const found = await dump(connection, { message: nexthopBucketMessage, ...request }, () => true)
      lines.push(`# buckets: ${ip(netns, `-j -d nexthop bucket show id ${id}`).replaceAll('\n', '')}`)
      lines.push(...found.map((hex) => `bucket ${hex}`))
    }
    writeFileSync(new URL(`${name}.hex`, folder), `${lines.join('\n')}\n`)
    console.log(`${name}: ${notified.length} notified, ${dumped.length} dumped`)
  } finally {
    execFileSync('ip', ['netns', 'del', netns])
  }
}

mkdirSync(folder, { recursive: true })
for (const one of cases) await capture(one)
