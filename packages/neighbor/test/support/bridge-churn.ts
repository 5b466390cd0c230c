/** Operations on two bridges and the ports v0 to v2 and p0 to p2, that share hardware addresses, drawn by a seed. */
export function bridgeChurn(seed: number, count: number, vlans: boolean): string[] {
  const draw = numbers(seed)
  const one = <Value>(values: readonly Value[]): Value => values[draw(values.length)]!
  const port = (): string => one(['v0', 'v1', 'v2', 'p0', 'p1', 'p2'])
  const bridge = (): string => one(['br0', 'br1'])
  const shared = (): string => `02:00:00:00:aa:0${draw(3)}`
  const lladdr = (): string => one([shared(), `02:bb:00:00:00:0${draw(3)}`])
  const vlan = (): string => (vlans ? one(['', ` vlan ${1 + draw(4)}`]) : '')
  const range = (): string => one([`${1 + draw(4)}`, `${1 + draw(2)}-${3 + draw(3)}`])
  const operations: (() => string)[] = [
    () => `ip link set ${port()} master ${bridge()}`,
    () => `ip link set ${port()} master ${bridge()}`,
    () => `ip link set ${port()} nomaster`,
    () => `ip link set ${port()} address ${shared()}`,
    () => `ip link set ${bridge()} address ${shared()}`,
    () => `ip link set ${one([port(), bridge()])} ${one(['up', 'down'])}`,
    () => `bridge fdb ${one(['add', 'replace'])} ${lladdr()} dev ${port()} master ${entryKind()}${vlan()}`,
    () => `bridge fdb add ${lladdr()} dev ${bridge()} self ${one(['static', 'permanent'])}${vlan()}`,
    () => `bridge fdb del ${lladdr()} dev ${port()} master${vlan()}`,
    () => `bridge fdb flush dev ${one([port(), bridge()])} ${one(['', 'permanent', 'static'])}`,
    () => 'ip link del br1',
    () => 'ip link add br1 type bridge',
    () => 'ip link del v2',
    () => 'ip link add v2 type veth peer name p2',
  ]
  const inVlans: (() => string)[] = [
    () => `bridge vlan add vid ${range()} dev ${port()}`,
    () => `bridge vlan add vid ${1 + draw(4)} dev ${port()} pvid untagged`,
    () => `bridge vlan add vid ${range()} dev ${bridge()} self`,
    () => `bridge vlan del vid ${range()} dev ${port()}`,
    () => `bridge vlan del vid ${range()} dev ${bridge()} self`,
    () => `ip link set ${bridge()} type bridge vlan_filtering ${draw(2)}`,
    () => `ip link set ${bridge()} type bridge vlan_default_pvid ${draw(4)}`,
  ]
  const entryKind = (): string => one(['static', 'permanent', 'dynamic', 'extern_learn', 'sticky static'])
  const all = vlans ? [...operations, ...inVlans] : operations
  return Array.from({ length: count }, () => one(all)().trim())
}

/** Whole numbers below a limit, always the same ones for a seed (a linear congruence modulo 2^32). */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
