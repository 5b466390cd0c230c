// Captures what the running kernel says of links, addresses, rules, VLANs, VNIs and multicast groups, as inputs to begin with
// beside the vectors of nexthops, routes and neighbours. Run by hand, as root, from the root of the tree:
//   node --conditions=rtnl-source --import tsx tools/fuzz/capture.ts
// Works in a network namespace of its own, and writes tools/fuzz/seeds.hex: the commands and the kernel's version as comments,
// and the messages with their headers. A command that this machine's `ip` or kernel lacks is named and left out.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { Connection, formatHex, type MessageCursor, MulticastGroup, readMessages } from '@rtnl/netlink-core'
import { tables } from './src/declared.ts'

const commands = [
  'ip link set lo up',
  'ip link add v0 type veth peer name v1',
  'ip link property add dev v0 altname first altname second-name',
  'ip link set v0 up',
  'ip link set v1 up',
  'ip link add br0 type bridge mcast_snooping 1 mcast_querier 1',
  'ip link set br0 type bridge vlan_filtering 1',
  'ip link set br0 up',
  'ip link set v0 master br0',
  'bridge link set dev v0 isolated on',
  'bridge vlan add dev v0 vid 10-20 tagged',
  'bridge vlan add dev v0 vid 30 pvid untagged',
  'bridge vlan add dev br0 vid 10 self',
  'ip link add m0 link v1 type macvlan mode bridge',
  'ip link add l0 link v1 type vlan id 7',
  'ip link add vrf0 type vrf table 100',
  'ip link add x0 type vxlan id 5 remote 192.0.2.1 local 192.0.2.2 dstport 4789 nolearning',
  'ip link add x6 type vxlan id 6 group ff05::1 dev v1 dstport 4790',
  'ip link add x1 type vxlan dstport 4791 external vnifilter',
  'ip link set x1 up',
  'ip link set x1 master br0',
  'bridge link set dev x1 vlan_tunnel on',
  'bridge vlan add dev x1 vid 100-102',
  'bridge vlan add dev x1 vid 100-102 tunnel_info id 200-202',
  'bridge vni add dev x1 vni 200-210',
  'bridge vni add dev x1 vni 300 remote 192.0.2.9',
  'bridge vni add dev x1 vni 301 remote 2001:db8::9',
  'ip link add b0 type bond mode 802.3ad miimon 100',
  'ip link add d0 type dummy',
  'ip link set d0 master b0',
  'ip tuntap add dev t0 mode tun',
  'ip addr add 10.0.0.1/24 brd + dev v1 label v1:one',
  'ip addr add 10.0.1.1 peer 10.0.1.2 dev v1 metric 7',
  'ip addr add 2001:db8::1/64 dev v1 valid_lft 1000 preferred_lft 500',
  'ip rule add pref 5 from 10.0.0.0/8 to 192.0.2.0/24 fwmark 1/3 lookup 1000',
  'ip rule add pref 6 iif v0 oif v1 ipproto tcp sport 10-20 dport 80 uidrange 0-100 lookup main suppress_prefixlength 0',
  'ip -6 rule add pref 7 from 2001:db8::/32 tun_id 77 goto 32766',
  'ip rule add pref 8 l3mdev protocol 9',
  'ip rule add pref 9 dsfield 0x10 realms 1/2 blackhole',
  'bridge mdb add dev br0 port v0 grp 239.1.1.1 permanent',
  'bridge mdb add dev br0 port v0 grp ff05::fb',
  'bridge mdb add dev br0 port v0 grp 239.1.1.2 src 192.0.2.1 permanent',
  'bridge mdb add dev br0 port br0 grp 01:00:5e:01:01:01 permanent',
  'ip link set v0 nomaster',
  'ip addr del 10.0.0.1/24 dev v1',
  'ip rule del pref 8',
  'bridge vni delete dev x1 vni 205',
]

const netns = `rtnl-fuzz-${process.pid}`
const folder = new URL('./', import.meta.url)

/** Messages of more are left out: small ones are changed in more places in the same time. */
const mostBytes = 1600

const found = new Map<string, string>()

/** Of messages that have the same attributes one is enough. */
function keep({ view, start, body, end, type }: MessageCursor): void {
  if (end - start > mostBytes) return
  const lengths: string[] = []
  for (let at = body; at + 4 <= end; at += 4) lengths.push(view.getUint16(at + 2, true) < 0x80 ? 'x' : 'y')
  const shape = `${type} ${end - start} ${lengths.join('')}`
  if (!found.has(shape)) found.set(shape, formatHex(view, start, end - start))
}

execFileSync('ip', ['netns', 'add', netns])
try {
  await using connection = await Connection.open({ netns })
  const socket = connection.openNotifications()
  socket.start({
    data: (bytes) => void readMessages(bytes, keep),
    overrun(reason) {
      throw new Error(`notifications were lost: ${reason}`)
    },
    failed(error) {
      throw error
    },
  })
  for (const group of Object.values(MulticastGroup)) {
    try {
      socket.join(group)
    } catch (error) {
      console.error(`group ${group}: ${String(error)}`)
    }
  }
  const done: string[] = []
  for (const command of commands) {
    const [program = '', ...words] = command.split(' ')
    try {
      execFileSync(program, ['-n', netns, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
      done.push(`# ${command}`)
    } catch (error) {
      console.error(`left out: ${command}: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`)
    }
    if (command.startsWith('bridge mdb') || command.startsWith('ip rule add pref 9')) await dumpAll(connection)
  }
  await dumpAll(connection)
  await new Promise<void>((resolve) => socket.sync(resolve))
  const version = execFileSync('ip', ['-V'], { encoding: 'utf8' }).trim()
  const lines = [`# kernel ${release()}, ${version}`, ...done, ...found.values()]
  writeFileSync(new URL('seeds.hex', folder), `${lines.join('\n')}\n`)
  console.error(`${found.size} messages`)
} finally {
  execFileSync('ip', ['netns', 'del', netns])
}

async function dumpAll(connection: Connection): Promise<void> {
  for (const { definition } of tables) {
    for (const { name, request, attributes } of definition.partitions) {
      const message = definition.wire ?? definition.message
      const operation = `dump ${definition.name} ${name}`
      try {
        await connection.dumpInto(
          {
            message,
            type: definition.types.get,
            entry: request,
            operation,
            ...(attributes === undefined ? {} : { attributes }),
          },
          { message: keep, restart() {} },
        )
      } catch (error) {
        console.error(String(error))
      }
    }
  }
}
