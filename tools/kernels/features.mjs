/**
 * What kernels differ in, and how it is found out: a script that ends with exit code 0 where the kernel has it. What it makes is in
 * a network namespace of its own. A version says too little: distributions take features into older kernels, and leave modules out.
 * A kernel that does not know an attribute may ignore it and say yes, so that each script looks at what came of it. Exit code 3 says
 * that the iproute2 of this machine is too old to ask for it.
 * @typedef {{ name: string, script: string }} Feature
 * @type {readonly Feature[]}
 */
export const FEATURES = [
  { name: 'dummy', script: 'ip link add d0 type dummy' },
  { name: 'bond', script: 'ip link add b0 type bond' },
  { name: 'vlan', script: 'ip link add link v0 name v0.5 type vlan id 5' },
  { name: 'vrf', script: 'ip link add vrf1 type vrf table 10' },
  { name: 'gre', script: 'ip link add g0 type gre local 192.0.2.1 remote 192.0.2.2' },
  { name: 'nexthops', script: 'ip nexthop add id 1 via 192.0.2.2 dev v0' },
  {
    name: 'resilient groups',
    script: `ip nexthop add id 1 via 192.0.2.2 dev v0
ip nexthop add id 2 group 1 type resilient buckets 8
ip nexthop show id 2 | grep -q buckets`,
  },
  {
    name: 'weights of 16 bits',
    // The wire has 1 less: this is the largest that fits into 8 bits, which kernels with 8 bits refuse.
    script: `ip nexthop add id 1 via 192.0.2.2 dev v0
ip nexthop add id 2 group 1,256
ip nexthop show id 2 | grep -q 1,256`,
  },
  {
    name: 'FDB nexthops',
    script: `ip link add x0 type vxlan id 1 dstport 4789
ip nexthop add id 1 via 192.0.2.2 fdb
ip nexthop add id 2 group 1 fdb
bridge fdb add 02:00:00:00:00:01 dev x0 nhid 2 self
bridge fdb show dev x0 | grep -q 'nhid 2'`,
  },
  {
    name: 'refusing that members of FDB groups become others',
    script: `ip nexthop add id 1 via 192.0.2.2 fdb
ip nexthop add id 2 group 1 fdb
! ip nexthop replace id 1 via 192.0.2.2 dev v0`,
  },
  {
    name: 'learning what is static from elsewhere',
    script: `ip link add br0 type bridge
ip link add x0 type vxlan id 1 dstport 4789
ip link set v0 master br0
ip link set x0 master br0
bridge fdb add 02:00:00:00:00:01 dev v0 master static
bridge fdb replace 02:00:00:00:00:01 dev x0 master dynamic extern_learn
bridge fdb show dev x0 | grep 02:00:00:00:00:01 | grep -q extern_learn`,
  },
  {
    name: 'flushing FDBs',
    script: `ip link add x0 type vxlan id 1 dstport 4789
bridge fdb add 02:00:00:00:00:01 dev x0 dst 192.0.2.2
bridge fdb flush dev x0
! bridge fdb show dev x0 | grep -q 02:00`,
  },
  {
    name: 'VNI filter',
    script: `ip link add x0 type vxlan external vnifilter dstport 4790
bridge vni add vni 5 dev x0
bridge vni show dev x0 | grep -q 5`,
  },
  {
    name: 'bridge VLANs',
    script: 'ip link add br0 type bridge vlan_filtering 1 && bridge vlan add vid 5 dev br0 self',
  },
  {
    name: 'MDB of vxlan',
    script: `bridge mdb help 2>&1 | grep -q dst || exit 3
ip link add x0 type vxlan id 1 dstport 4789
bridge mdb add dev x0 port x0 grp 239.1.1.1 permanent dst 192.0.2.2
bridge mdb show dev x0 | grep -q 239.1.1.1`,
  },
  {
    name: 'neighbour protocols',
    script: `ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0 protocol 84
ip -d neigh show | grep -q 'proto 84'`,
  },
  {
    name: 'managed neighbours',
    script: `ip neigh add 192.0.2.9 dev v0 managed extern_learn
ip neigh show | grep -q managed`,
  },
  {
    name: 'MPLS routes',
    script: 'sysctl -qw net.mpls.platform_labels=100 && ip -f mpls route add 50 via inet 192.0.2.2',
  },
]

const SCENE = `ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 192.0.2.1/24 dev v0`

/** @typedef {'yes' | 'no' | 'cannot be tried'} Answer */
/** Answers by the exit code of a script; others mean no. @type {ReadonlyMap<string, Answer>} */
const ANSWERS = new Map([
  ['0', 'yes'],
  ['3', 'cannot be tried'],
])

/**
 * @param {readonly Feature[]} features
 * @returns {string} a shell script that prints a line for each: its name, a tab, the exit code
 */
export function probeScript(features) {
  const tries = features.map(({ name, script }) => {
    const whole = `set -e\n${SCENE}\n${script}`.replaceAll("'", "'\\''")
    return `unshare -n sh -c '${whole}' >/dev/null 2>&1; echo "${name}\t$?"`
  })
  return ['modprobe -qa mpls_router mpls_iptunnel', ...tries].join('\n')
}

/**
 * @param {readonly Feature[]} features
 * @param {string} output of their script
 * @returns {Map<string, Answer>} name of a feature: whether the kernel has it
 * @throws {Error} the script did not reach one of them
 */
export function parseProbe(features, output) {
  return new Map(
    features.map(({ name }) => {
      const line = output.split('\n').find((one) => one.startsWith(`${name}\t`))
      if (line === undefined) throw new Error(`the probe says nothing of ${name}:\n${output}`)
      return [name, ANSWERS.get(line.slice(name.length + 1).trimEnd()) ?? 'no']
    }),
  )
}
