// runtimes: node
// wants: root /usr/lib/frr/bgpd ping
// timeout: 600
import { spawnSync } from 'node:child_process'
import { whereThereAre } from '@rtnl/compliance'
import { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import { derivedAnew, shown } from '../support/derived.ts'
import {
  dualHost,
  dualIp,
  dualMac,
  hostIp,
  hostMac,
  numbers,
  oneBridge,
  routedVni,
  stickyMac,
  type VtepNumber,
  vrf,
  vtepIp,
} from '../support/frr-layouts.ts'
import { FrrScene } from '../support/frr-scene.ts'
import { agree, shownByFrr, shownByUs } from '../support/frr-view.ts'
import { play, until } from '../support/netns.ts'

/** An Ethernet segment at two VTEPs, a bridge with VLANs, and a VNI of a VRF, in the kernel and as FRR says. */
const frr = suite('FRR with a host at two VTEPs')

/**
 * Some kernels (6.1.192, 6.12.117) refuse what zebra writes to a vxlan for an address behind a segment: an entry of a group that may age.
 * Then the bridge alone has the address, which is said, and the test writes one that does not age for zebra.
 */
function writeRefused({ notices }: Evpn): void {
  if (notices.get({ kind: 'bridge-only', subject: `10 ${dualMac}` }) === undefined) return
  const { stdout } = spawnSync('ip', ['-n', 'vtep3', '-j', 'nexthop'], { encoding: 'utf8' })
  const nexthops: { id: number; group?: unknown; fdb?: null }[] = JSON.parse(stdout)
  const segment = nexthops.find(({ group, fdb }) => group !== undefined && fdb !== undefined)
  if (segment === undefined) return
  play('vtep3', `bridge fdb replace ${dualMac} dev vx10 nhid ${segment.id} static extern_learn self`)
}

whereThereAre(frr, ['VLANs of bridges', 'VLAN devices', 'VRFs', 'bonds'], () => {
  frr('has in the kernel what it says, also while a port and routing come and go', async () => {
    await using scene = await FrrScene.start(oneBridge)
    await using first = await Evpn.open({ netns: 'vtep1' })
    await using second = await Evpn.open({ netns: 'vtep2' })
    await using third = await Evpn.open({ netns: 'vtep3' })
    const evpns = { 1: first, 2: second, 3: third }

    const isExact = async (what: string, at: readonly VtepNumber[] = numbers): Promise<void> => {
      for (const number of at) {
        const evpn = evpns[number]
        await agree(`${what}: derived at VTEP ${number}`, async () => {
          const anew = await derivedAnew(`vtep${number}`, evpn)
          return [shown(evpn), anew]
        })
      }
    }

    /** All is as FRR says, and the lines are among it. */
    const converged = async (
      what: string,
      wanted: Readonly<Partial<Record<VtepNumber, readonly (string | RegExp)[]>>>,
      speakers: readonly (readonly [host: VtepNumber | typeof dualHost, at: VtepNumber])[],
    ): Promise<void> => {
      await isExact(`${what}, on the way`, [3])
      for (const number of numbers) {
        if (wanted[number] === undefined) continue
        await agree(
          `${what}: FRR of VTEP ${number}`,
          async () => {
            for (const [host, at] of speakers) await scene.speak(host, at)
            if (number === 3) writeRefused(evpns[number])
            const theirs = await shownByFrr(scene, number)
            await evpns[number].waitForSync()
            return [shownByUs(number, evpns[number]), theirs]
          },
          (lines) =>
            wanted[number]?.every((each) =>
              typeof each === 'string' ? lines.includes(each) : lines.some((line) => each.test(line)),
            ) === true,
        )
      }
      await isExact(what)
    }

    const speakers = [
      [1, 1],
      [2, 2],
      [3, 3],
      [dualHost, 1],
    ] as const
    const behind = (...vteps: readonly VtepNumber[]): RegExp =>
      new RegExp(`^mac 10 ${dualMac} group \\d+ ${vteps.map(vtepIp).join(' ')}$`)
    const gateway = '02:00:00:00:10:f1'
    await converged(
      'at first',
      {
        3: [
          behind(1, 2),
          `host 10 ${dualIp} ${dualMac}`,
          `mac 10 ${hostMac(1)} ${vtepIp(1)}`,
          `host 10 ${hostIp(2)} ${hostMac(2)}`,
          `mac 20 ${stickyMac} ${vtepIp(1)} sticky`,
          `mac ${routedVni} ${gateway} ${vtepIp(1)}`,
          `nexthop ${routedVni} ${vtepIp(1)} ${gateway}`,
          `vni ${routedVni} vxlan vx${routedVni} svi vlan${routedVni} local ${vtepIp(3)} vrf ${vrf}`,
          `vni 10 vxlan vx10 svi vlan10 local ${vtepIp(3)} vrf ${vrf}`,
        ],
        1: [`mac 10 ${hostMac(3)} ${vtepIp(3)}`],
        2: [`mac 10 ${hostMac(3)} ${vtepIp(3)}`],
      },
      speakers,
    )
    await until('hosts to talk', () => scene.canTalk(1, 2) && scene.canTalk(3, 1))

    const at = (number: VtepNumber): readonly string[] => [
      `mac 10 ${hostMac(2)} ${vtepIp(number)}`,
      `host 10 ${hostIp(2)} ${hostMac(2)}`,
    ]
    scene.moveHost(2)
    await converged('a host moved', { 1: at(3), 2: at(3) }, [
      [1, 1],
      [2, 3],
      [3, 3],
    ])
    await until('a host that moved to talk', () => scene.canTalk(1, 2))
    scene.returnHost(2)
    await converged('the host came home', { 1: at(2), 3: [...at(2), behind(1, 2)] }, speakers)

    scene.setPort(1, 'leg', 'down')
    await converged('a port of the segment went down', { 3: [behind(2)] }, [
      [1, 1],
      [2, 2],
      [dualHost, 2],
    ])
    scene.setPort(1, 'leg', 'up')
    await converged('the port of the segment came back', { 3: [behind(1, 2)] }, speakers)

    await scene.killBgp(2)
    await converged('routing of a VTEP died', { 3: [behind(1)] }, [[dualHost, 1]])
    await scene.startBgp(2)
    // FRR 8.4.4 has the VTEP back, but not as one of the segment.
    await converged(
      'routing of the VTEP came back',
      { 3: [behind(1), `mac 10 ${hostMac(2)} ${vtepIp(2)}`, `nexthop ${routedVni} ${vtepIp(2)} 02:00:00:00:10:f2`] },
      speakers,
    )
  })
})

frr.run()
