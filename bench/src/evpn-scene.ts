import type { BenchNamespace } from './bench-namespace.ts'

/** A fabric as a speaker of EVPN tells it the kernel. */
export interface EvpnScene {
  readonly netns: string
  readonly macs: number
  /** Groups of one to four VTEPs. */
  readonly groups: number
  readonly vteps: number
  /** Each with a bridge and a vxlan. */
  readonly vnis: number
  /** Addresses that move. */
  readonly moved: number
}

/** A VNI is on one VTEP of so many. */
const spread = 10
/** One address of so many is behind a VTEP alone, the others are behind groups. */
const singleEvery = 5
const firstVni = 10_000

/** The most groups and addresses that are changed one after the other, to find the median. */
export const turns = 20

export const vxlanOf = (vni: number): string => `vx${vni}`
export const vtepIp = (vtep: number, round = 0): string => `198.19.${(vtep >> 8) + 64 * round}.${vtep & 255}`
export const vtepId = (vtep: number): number => vtep + 1
export const groupId = ({ vteps }: EvpnScene, group: number): number => vteps + 1 + group

/** The VNI, by its place, that uses a group. */
const vniOfGroup = ({ vnis }: EvpnScene, group: number): number => group % vnis

/** VTEPs of the VNI of a group: one to four, other ones in each round. */
export function membersOf(scene: EvpnScene, group: number, round = 0): number[] {
  const vni = vniOfGroup(scene, group)
  const candidates = Math.max(1, Math.floor(scene.vteps / spread))
  const first = Math.floor(group / scene.vnis) * 3 + round
  const places = Array.from({ length: 1 + (group % 4) }, (_, place) => (first + place * 7) % candidates)
  return [...new Set(places)].map((place) => place * spread + (vni % spread)).filter((vtep) => vtep < scene.vteps)
}

function macOf(number: number): string {
  const digits = number.toString(16).padStart(8, '0')
  return `02:00:${digits.replace(/..(?=.)/g, '$&:')}`
}

/** Where an address is: at the vxlan of a VNI, behind a group, or a VTEP alone. */
function placeOf(scene: EvpnScene, number: number): { vni: number; group: number; vtep: number | undefined } {
  const group = number % scene.groups
  const vni = vniOfGroup(scene, group)
  const [vtep] = membersOf(scene, group, number)
  return { vni, group, vtep: (number + Math.floor(number / scene.groups)) % singleEvery === 0 ? vtep : undefined }
}

/** An address that moves, and the group of its VNI that it is behind then. */
export interface Move {
  readonly mac: string
  readonly vni: number
  readonly group: number
}

/** @param by how many groups of the VNI further on they are than at first */
export function* movesOf(scene: EvpnScene, by: number): Generator<Move, void, undefined> {
  let moved = 0
  for (let number = 0; number < scene.macs && moved < scene.moved; number++) {
    const { vni, group, vtep } = placeOf(scene, number)
    if (vtep !== undefined) continue
    moved++
    yield { mac: macOf(number), vni, group: (group + by * scene.vnis) % scene.groups }
  }
}

/** Makes all of it by `ip` and `bridge`. */
export async function fillEvpn(namespace: BenchNamespace, scene: EvpnScene): Promise<void> {
  await namespace.batch('ip', links(scene))
  await namespace.batch('bridge', entries(scene))
}

function* links(scene: EvpnScene): Generator<string, void, undefined> {
  for (let vni = 0; vni < scene.vnis; vni++) {
    yield `link add br${vni} type bridge`
    yield `link add ${vxlanOf(vni)} type vxlan id ${firstVni + vni} dstport 4789 local 198.18.0.1 nolearning`
    yield `link set br${vni} addrgenmode none up`
    yield `link set ${vxlanOf(vni)} addrgenmode none master br${vni} up`
  }
  for (let vtep = 0; vtep < scene.vteps; vtep++) yield `nexthop add id ${vtepId(vtep)} via ${vtepIp(vtep)} fdb`
  for (let group = 0; group < scene.groups; group++) {
    yield `nexthop add id ${groupId(scene, group)} group ${membersOf(scene, group).map(vtepId).join('/')} fdb`
  }
}

function* entries(scene: EvpnScene): Generator<string, void, undefined> {
  for (let vni = 0; vni < scene.vnis; vni++) {
    for (let vtep = vni % spread; vtep < scene.vteps; vtep += spread) {
      yield `fdb append 00:00:00:00:00:00 dev ${vxlanOf(vni)} dst ${vtepIp(vtep)} static`
    }
  }
  for (let number = 0; number < scene.macs; number++) {
    const { vni, group, vtep } = placeOf(scene, number)
    const to = vtep === undefined ? `nhid ${groupId(scene, group)}` : `dst ${vtepIp(vtep)}`
    // Of the bridge and of the vxlan, as a speaker writes them.
    yield `fdb add ${macOf(number)} dev ${vxlanOf(vni)} self master static extern_learn ${to}`
  }
}
