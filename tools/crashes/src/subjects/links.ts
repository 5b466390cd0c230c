/** A pair of links that is up, with addresses. */
export const linkSetup = [
  'ip link set lo up',
  'ip link add v0 type veth peer name p0',
  'ip link set v0 addrgenmode none up',
  'ip link set p0 addrgenmode none up',
  'ip addr add 10.0.0.1/16 dev v0',
  'ip addr add fd00::1/64 dev v0 nodad',
] as const

/** A bridge with two ports. */
export function bridgeSetup(options: string): string[] {
  return [
    `ip link add br0 type bridge ${options}`,
    'ip link set br0 addrgenmode none up',
    ...['v0', 'v1'].flatMap((port) => [
      `ip link add ${port} type veth peer name p${port}`,
      `ip link set ${port} addrgenmode none master br0 up`,
      `ip link set p${port} addrgenmode none up`,
    ]),
  ]
}
