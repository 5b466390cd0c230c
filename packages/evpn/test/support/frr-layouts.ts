/** How VTEPs are built, and what their hosts are. */

/** Two networks of hosts, and one between the routers. */
const hostVnis = [10, 20] as const
export const routedVni = 1000

export const numbers = [1, 2, 3] as const
export type VtepNumber = (typeof numbers)[number]

export const vtepIp = (number: VtepNumber): string => `192.0.2.${number}`
export const hostMac = (number: VtepNumber): string => `02:00:00:00:10:0${number}`
export const hostIp = (number: VtepNumber): string => `10.10.0.${number}`
/** An address that does not move, at the first VTEP. */
export const stickyMac = '02:00:00:00:20:55'

export const sviIp = (vni: number, number: VtepNumber): string => `10.${vni}.0.25${number}`

/** The VTEP to which the host of each one can go. */
export const next = (number: VtepNumber): VtepNumber => ((number % 3) + 1) as VtepNumber

/** The VRF of the routed network, where VTEPs have one. */
export const vrf = 'red'
/** A host of a bond that has a port at two VTEPs. */
export const dualHost = 4
const dualVteps: readonly VtepNumber[] = [1, 2]
export const dualMac = '02:00:00:00:10:04'
export const dualIp = '10.10.0.4'
/** Of the Ethernet segment that the bond is. */
const systemMac = '02:00:00:00:aa:01'

export interface Layout {
  /** Commands that make a VTEP, but for its ports for hosts. */
  vtep(number: VtepNumber): string[]
  /** Commands that make an interface one for hosts. */
  port(name: string): string[]
  /** Commands in the namespaces of the VTEPs and of `dualHost`, by which the latter gets its ports. */
  readonly dual: readonly { readonly netns: string; readonly lines: readonly string[] }[]
  /** The configuration of zebra, and of bgpd. */
  zebra(number: VtepNumber): string[]
  bgp(number: VtepNumber): string[]
}

/** A bridge and a vxlan for each VNI; the routed one is in the default VRF. */
export const separateBridges: Layout = {
  vtep: separateLines,
  port: (name) => [`ip link set ${name} master br10 up`],
  dual: [],
  zebra: () => [`vni ${routedVni}`],
  bgp: (number) => bgpLines(number, '1 5'),
}

/** One bridge with a VLAN for each VNI, whose SVIs are VLAN devices in a VRF, and a bond that is a port of two VTEPs. */
export const oneBridge: Layout = {
  vtep: vlanLines,
  port: (name) => [`ip link set ${name} master br0 up`, `bridge vlan add dev ${name} vid 10 pvid untagged`],
  dual: [
    {
      netns: `host${dualHost}`,
      lines: [
        `ip link add name bond0 address ${dualMac} type bond mode balance-xor miimon 100`,
        'ip link set bond0 up',
        `ip addr add ${dualIp}/24 dev bond0`,
      ],
    },
    ...dualVteps.flatMap((number) => [
      {
        netns: `vtep${number}`,
        lines: [
          'ip link add name bond1 type bond mode balance-xor miimon 100',
          `ip link add leg type veth peer name to${number} netns host${dualHost}`,
          // Which brings it up; one that is up is refused.
          'ip link set leg master bond1',
          'ip link set bond1 up',
          'ip link set bond1 master br0',
          'bridge vlan add dev bond1 vid 10 pvid untagged',
        ],
      },
      { netns: `host${dualHost}`, lines: [`ip link set to${number} master bond0`] },
    ]),
  ],
  zebra: (number) => [
    // Otherwise it holds the ports of segments down for three minutes.
    'evpn mh startup-delay 0',
    `vrf ${vrf}`,
    ` vni ${routedVni}`,
    'exit-vrf',
    ...(dualVteps.includes(number)
      ? ['interface bond1', ' evpn mh es-id 1', ` evpn mh es-sys-mac ${systemMac}`, 'exit']
      : []),
  ],
  bgp: (number) => [
    // An emulated machine may stand still for seconds.
    ...bgpLines(number, '10 60'),
    `router bgp 65000 vrf ${vrf}`,
    ` bgp router-id ${vtepIp(number)}`,
    ' address-family ipv4 unicast',
    '  redistribute connected',
    ' exit-address-family',
    ' address-family l2vpn evpn',
    '  advertise ipv4 unicast',
    ' exit-address-family',
    '',
  ],
}

function underLines(number: VtepNumber): string[] {
  return [
    `ip link add under type veth peer name to${number} netns core`,
    `ip addr add ${vtepIp(number)}/24 dev under`,
    'ip link set under up',
    `ip addr add 172.16.0.${number}/32 dev lo`,
  ]
}

function separateLines(number: VtepNumber): string[] {
  return [
    ...underLines(number),
    ...[...hostVnis, routedVni].flatMap((vni) => [
      `ip link add br${vni} address 02:00:00:00:${String(vni).slice(0, 2)}:f${number} type bridge`,
      `ip link add vx${vni} type vxlan id ${vni} local ${vtepIp(number)} dstport 4789 nolearning`,
      `ip link set vx${vni} master br${vni} up`,
      `bridge link set dev vx${vni} learning off neigh_suppress on`,
      `ip link set br${vni} up`,
    ]),
    ...hostVnis.map((vni) => `ip addr add ${sviIp(vni, number)}/24 dev br${vni}`),
    'ip link add fixed type veth peer name other',
    'ip link set fixed master br20 up',
    'ip link set other up',
    ...(number === 1 ? [`bridge fdb add ${stickyMac} dev fixed master static sticky`] : []),
  ]
}

/** @param timers seconds between messages, and until a peer that sends none is given up */
function bgpLines(number: VtepNumber, timers: string): string[] {
  const peers = numbers.filter((other) => other !== number).map(vtepIp)
  return [
    'router bgp 65000',
    ` bgp router-id ${vtepIp(number)}`,
    ' no bgp default ipv4-unicast',
    ` timers bgp ${timers}`,
    ...peers.flatMap((peer) => [
      ` neighbor ${peer} remote-as 65000`,
      ` neighbor ${peer} timers connect 1`,
      ` neighbor ${peer} advertisement-interval 0`,
    ]),
    ' address-family ipv4 unicast',
    `  network 172.16.0.${number}/32`,
    ' exit-address-family',
    ' address-family l2vpn evpn',
    ...peers.map((peer) => `  neighbor ${peer} activate`),
    '  advertise-all-vni',
    '  advertise ipv4 unicast',
    // Zebra installs the addresses of such a gateway without saying that they were learned.
    ...(number === 1 ? ['  vni 20', '   advertise-default-gw', '  exit-vni'] : []),
    ' exit-address-family',
    '',
  ]
}

function vlanLines(number: VtepNumber): string[] {
  return [
    ...underLines(number),
    `ip link add name ${vrf} type vrf table 1000`,
    `ip link set ${vrf} up`,
    `ip link add name br0 address 02:00:00:00:10:f${number} type bridge vlan_filtering 1 vlan_default_pvid 0`,
    'ip link set br0 up',
    ...[...hostVnis, routedVni].flatMap((vni) => [
      `ip link add vx${vni} type vxlan id ${vni} local ${vtepIp(number)} dstport 4789 nolearning`,
      `ip link set vx${vni} master br0 up`,
      `bridge link set dev vx${vni} learning off neigh_suppress on`,
      `bridge vlan add dev vx${vni} vid ${vni} pvid untagged`,
      `bridge vlan add dev br0 vid ${vni} self`,
      `ip link add link br0 name vlan${vni} type vlan id ${vni}`,
      `ip link set vlan${vni} master ${vrf} up`,
    ]),
    ...hostVnis.map((vni) => `ip addr add ${sviIp(vni, number)}/24 dev vlan${vni}`),
    'ip link add fixed type veth peer name other',
    'ip link set fixed master br0 up',
    'bridge vlan add dev fixed vid 20 pvid untagged',
    'ip link set other up',
    ...(number === 1 ? [`bridge fdb add ${stickyMac} dev fixed master static sticky vlan 20`] : []),
  ]
}
