// runtimes: node
// wants: root /usr/lib/frr/bgpd ping
import { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import { derivedAnew, shown } from '../support/derived.ts'
import { hostIp, hostMac, numbers, routedVni, stickyMac, type VtepNumber, vtepIp } from '../support/frr-layouts.ts'
import { FrrScene } from '../support/frr-scene.ts'
import { agree, shownByFrr, shownByUs } from '../support/frr-view.ts'
import { until } from '../support/netns.ts'

/** What FRR writes into the kernel, against what FRR says of it. */
const frr = suite('FRR')

frr('has in the kernel what it says, also while hosts, routing and links come and go', async () => {
  await using scene = await FrrScene.start()
  await using first = await Evpn.open({ netns: 'vtep1' })
  await using second = await Evpn.open({ netns: 'vtep2' })
  await using third = await Evpn.open({ netns: 'vtep3' })
  const evpns = { 1: first, 2: second, 3: third }

  const views = async (number: VtepNumber): Promise<readonly [string[], string[]]> => {
    const theirs = await shownByFrr(scene, number)
    await evpns[number].waitForSync()
    return [shownByUs(number, evpns[number]), theirs]
  }

  /** Kept up to date, and derived anew from the kernel. */
  const isExact = async (what: string): Promise<void> => {
    for (const number of numbers) {
      const evpn = evpns[number]
      await agree(`${what}: derived at VTEP ${number}`, async () => {
        const anew = await derivedAnew(`vtep${number}`, evpn)
        return [shown(evpn), anew]
      })
    }
  }

  /** Each VTEP sees each host where it is, `undefined` for nowhere, and all is as FRR says. */
  const converged = async (
    what: string,
    places: Readonly<Record<VtepNumber, VtepNumber | undefined>>,
    at: readonly VtepNumber[] = numbers,
  ): Promise<void> => {
    await isExact(`${what}, on the way`)
    for (const number of at) {
      const wanted = (lines: readonly string[]): boolean =>
        numbers.every((host) => {
          const place = places[host]
          const mac = `mac 10 ${hostMac(host)} `
          const found = lines.filter(
            (line) => line.startsWith(mac) || line === `host 10 ${hostIp(host)} ${hostMac(host)}`,
          )
          const there = [`host 10 ${hostIp(host)} ${hostMac(host)}`, `${mac}${place && vtepIp(place)}`]
          return found.join() === (place === undefined || place === number ? [] : there).join()
        })
      await agree(
        `${what}: FRR of VTEP ${number}`,
        async () => {
          // A host is known to be somewhere once it is heard there.
          for (const host of numbers) if (places[host] !== undefined) await scene.speak(host, places[host])
          return views(number)
        },
        wanted,
      )
    }
    await isExact(what)
  }

  const home = { 1: 1, 2: 2, 3: 3 } as const
  await converged('at first', home)
  await until('hosts to talk', () => scene.canTalk(1, 2) && scene.canTalk(3, 1) && scene.canTalk(2, 3))
  const wanted = [
    // What does not move, and a gateway.
    `mac 20 ${stickyMac} ${vtepIp(1)} sticky`,
    `mac 20 02:00:00:00:20:f1 ${vtepIp(1)} sticky`,
    'host 20 10.20.0.251 02:00:00:00:20:f1',
    // What is routed.
    `mac ${routedVni} 02:00:00:00:10:f1 ${vtepIp(1)}`,
    `nexthop ${routedVni} ${vtepIp(1)} 02:00:00:00:10:f1`,
    `flood 10 ${vtepIp(2)}`,
  ]
  await agree(
    'what is not of hosts',
    () => views(3),
    (lines) => wanted.every((line) => lines.includes(line)),
  )

  scene.moveHost(2)
  await converged('a host moved', { ...home, 2: 3 })
  await until('a host that moved to talk', () => scene.canTalk(1, 2))
  scene.returnHost(2)
  await converged('the host came home', home)

  scene.setPort(3, 'home', 'down')
  await converged('a port went down', { ...home, 3: undefined })
  scene.setPort(3, 'home', 'up')
  await converged('the port came back', home)

  await scene.killBgp(2)
  await converged('routing of a VTEP died', { ...home, 2: undefined }, [1, 3])
  await agree('zebra takes away what came from routing', async () => {
    const [ours, theirs] = await views(2)
    return [ours.filter((line) => !line.startsWith('vni ') && !line.startsWith('vtep ')), theirs]
  })
  await isExact('without routing')
  await scene.startBgp(2)
  await converged('routing of the VTEP came back', home)

  scene.setPort(1, 'under', 'down')
  await converged('the link of a VTEP went down', { 1: 1, 2: undefined, 3: undefined }, [1])
  await converged('the link of a VTEP went down', { ...home, 1: undefined }, [2, 3])
  scene.setPort(1, 'under', 'up')
  await converged('the link of the VTEP came back', home)
  await until('hosts to talk again', () => scene.canTalk(1, 2) && scene.canTalk(3, 1))
})

frr.run()
