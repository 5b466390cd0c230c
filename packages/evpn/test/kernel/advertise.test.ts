import { spawnSync } from 'node:child_process'
import { Advertisement, type AdvertiseOptions, type LocalAddresses } from '@rtnl/evpn'
import { FdbTable, type Neighbor, NeighborTable } from '@rtnl/neighbor'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { inNetns, play, until } from '../support/netns.ts'

/** What OVN's tests of EVPN do and expect of local addresses (tests/system-ovn.at), and what a speaker takes. */
const advertise = suite('local addresses for a speaker')

const scene = [
  'ip link set lo up',
  'ip link add B type bridge',
  'ip link add D type vxlan id 10 dstport 4789 nolearning',
  'ip link add P type veth peer name Q',
  'ip link set D master B',
  'ip link set P master B',
  ...['B', 'D', 'P', 'Q'].map((name) => `ip link set ${name} up`),
  'ip addr add 172.16.1.1/24 dev B',
]

const protocol = 84
const mac = (last: number): string => `f0:00:0f:16:01:${last}`
const local: LocalAddresses = {
  macs: [mac(20)],
  bindings: [
    { ip: '172.16.1.10', mac: mac(10) },
    { ip: '172:16::10', mac: mac(10) },
    { ip: 'fe80::10', mac: mac(30) },
  ],
}

function tool(netns: string, ...words: readonly string[]): string[] {
  const { stdout } = spawnSync(words[0] ?? '', ['-n', netns, ...words.slice(1)], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '))
    .filter((line) => line.startsWith('f0:') || / lladdr f0:/.test(line))
    .sort()
}

/** Addresses at the port that the bridge does not have in a VLAN. */
const fdb = (netns: string): string[] =>
  tool(netns, 'bridge', 'fdb', 'show', 'br', 'B').filter((line) => !line.includes(' vlan '))
const neighbors = (netns: string): string[] => tool(netns, 'ip', 'neigh', 'show', 'dev', 'B', 'nud', 'all')
const atPort = (last: number): string => `${mac(last)} dev P master B static`
const neighbor = (ip: string, last: number): string => `${ip} lladdr ${mac(last)} NOARP proto ${protocol}`

const open = (netns: string, options: Partial<AdvertiseOptions> = {}): Promise<Advertisement> =>
  Advertisement.open({ netns, port: 'P', svi: 'B', protocol, ...options })

advertise('are static entries of the port, and neighbours of the SVI, until they are withdrawn', () =>
  inNetns(scene, async (netns) => {
    play(
      netns,
      // Of a program that was killed; somebody else's, in a VLAN, on the vxlan, and without the protocol.
      `bridge fdb add ${mac(99)} dev P master static`,
      `ip neigh add 172.16.1.99 dev B lladdr ${mac(99)} nud noarp protocol ${protocol}`,
      `bridge fdb add ${mac(98)} dev D master static`,
      `ip neigh add 172.16.1.98 dev B lladdr ${mac(98)} nud noarp`,
    )
    const others = [[`${mac(98)} dev D master B static`], [`172.16.1.98 lladdr ${mac(98)} NOARP`]] as const
    const advertisement = await open(netns, local)
    assert.equal(fdb(netns), [atPort(10), atPort(20), atPort(30), ...others[0]])
    const both = [neighbor('172.16.1.10', 10), ...others[1], neighbor('172:16::10', 10)]
    assert.equal(neighbors(netns), both.sort())
    assert.equal(advertisement.failed, [])
    // What somebody takes away comes back.
    play(netns, `bridge fdb del ${mac(10)} dev P master`, 'ip neigh del 172.16.1.10 dev B')
    await until('both are back', () => fdb(netns).includes(atPort(10)) && neighbors(netns).includes(both[0] ?? ''))
    // A static entry of somebody else at the port is removed.
    play(netns, `bridge fdb add ${mac(97)} dev P master static`)
    await until('it is gone', () => !fdb(netns).join().includes(mac(97)))
    assert.equal(await advertisement.remove(), [])
    assert.equal([fdb(netns), neighbors(netns)], others)
    assert.equal(await advertisement.remove(), [])
  }),
)

advertise('leave alone what the kernel has of multicast groups, which is in the state of ours', () =>
  inNetns(scene, async (netns) => {
    const groups = (): string[] =>
      spawnSync('ip', ['-n', netns, 'neigh', 'show', 'dev', 'B', 'nud', 'noarp'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.startsWith('ff02:'))
    await until('the kernel has some', () => groups().length > 0)
    const before = groups()
    const kept = (): string[] => groups().filter((line) => before.includes(line))
    const advertisement = await open(netns, local)
    assert.equal([kept(), advertisement.failed], [before, []])
    assert.equal(await advertisement.remove(), [])
    assert.equal(kept(), before)
  }),
)

advertise('hardware addresses come before their bindings, and what is replaced goes first', () =>
  inNetns(scene, async (netns) => {
    await using notifier = await Notifier.open({ netns })
    await using fdb = await FdbTable.open({ notifier })
    await using neighbors = await NeighborTable.open({ notifier })
    const seen: string[] = []
    const note = (old: Neighbor | undefined, next: Neighbor | undefined): void => {
      for (const [kind, entry] of [
        ['removed', old],
        ['added', next],
      ] as const) {
        if (entry?.lladdr?.startsWith('f0:') !== true || (entry.vlan ?? 0) !== 0) continue
        if (old?.lladdr === next?.lladdr) continue
        seen.push(`${kind} ${entry.dst === undefined ? '' : `${entry.dst} `}${entry.lladdr}`)
      }
    }
    fdb.observe(note)
    neighbors.observe(note)
    await using advertisement = await open(netns)
    for (const last of [10, 11]) await advertisement.update({ bindings: [{ ip: '172.16.1.10', mac: mac(last) }] })
    await advertisement.remove()
    await Promise.all([fdb.waitForSync(), neighbors.waitForSync()])
    const places = [10, 11].map((last) =>
      [
        `added ${mac(last)}`,
        `added 172.16.1.10 ${mac(last)}`,
        `removed 172.16.1.10 ${mac(last)}`,
        `removed ${mac(last)}`,
      ].map((step) => seen.indexOf(step)),
    )
    assert.is(seen.length, 8, seen.join('; '))
    for (const each of places) {
      assert.ok(!each.includes(-1), seen.join('; '))
      assert.equal(
        each,
        [...each].sort((one, other) => one - other),
        seen.join('; '),
      )
    }
    // The binding to the first address is gone before there is one to the second.
    assert.ok(seen.indexOf(`removed 172.16.1.10 ${mac(10)}`) < seen.indexOf(`added 172.16.1.10 ${mac(11)}`))
  }),
)

advertise('that the speaker learns elsewhere give way, until they are here again', () =>
  inNetns(scene, async (netns) => {
    await using advertisement = await open(netns, { macs: [mac(10)] })
    play(netns, `bridge fdb replace ${mac(10)} dev D master extern_learn`)
    // The bridge keeps that it was static.
    const elsewhere = `${mac(10)} dev D extern_learn master B static`
    await advertisement.update({ macs: [mac(10), mac(20)] })
    assert.equal(fdb(netns), [elsewhere, atPort(20)])
    await advertisement.update({ macs: [mac(20)] })
    assert.equal(fdb(netns), [elsewhere, atPort(20)])
    await advertisement.update({ macs: [mac(10), mac(20)] })
    assert.equal(fdb(netns), [atPort(10), atPort(20)])
  }),
)

advertise('that cannot be are named, and nothing is written', () =>
  inNetns(scene, async (netns) => {
    const refuses = async (options: Partial<AdvertiseOptions>, text: RegExp): Promise<void> => {
      try {
        await (await open(netns, options)).remove()
      } catch (error) {
        assert.match((error as Error).message, text)
        return
      }
      assert.unreachable(`${text} was not thrown`)
    }
    const macs = [mac(10)]
    await refuses({ macs, port: 7 as unknown as string }, /^port: 7 is not a name/)
    await refuses({ macs, port: 'nothing' }, /^port: there is no interface nothing/)
    await refuses({ macs, port: 'D' }, /^port: D is a vxlan/)
    await refuses({ macs, port: 'Q' }, /^port: Q is not a port of a bridge/)
    await refuses({ macs, svi: 'D' }, /^svi: D is a vxlan/)
    await refuses({ macs, protocol: 0 }, /protocol.*0/)
    await refuses({ macs: [...macs, '01:00:5e:00:00:01'] }, /^macs\[1\]: 01:00:5e:00:00:01 is the address of a group/)
    await refuses({ macs: [...macs, 'f0:00'] }, /^macs\[1\]: .*f0:00/)
    await refuses({ macs, bindings: [{ ip: '172.16.1', mac: mac(10) }] }, /^bindings\[0\]: .*172\.16\.1/)
    const twice = [10, 20].map((last) => ({ ip: '172.16.1.10', mac: mac(last) }))
    await refuses({ macs, bindings: twice }, /^bindings\[1\]: 172\.16\.1\.10 is given twice/)
    await refuses({ macs, svi: undefined, bindings: twice }, /^bindings\[0\]: .*svi/)
    assert.equal([fdb(netns), neighbors(netns)], [[], []])
  }),
)

advertise('that cannot be are refused before anything is opened', async () => {
  const macs = [mac(10)]
  for (const [options, text] of [
    [{ macs: [...macs, 'f0:00'] }, /^macs\[1\]: .*f0:00/],
    [{ macs: 7 }, /^macs: 7 is no list/],
    [{ bindings: [{ ip: '172.16.1', mac: mac(10) }] }, /^bindings\[0\]: .*172\.16\.1/],
    [{ bindings: [undefined] }, /^bindings\[0\]: undefined is no object/],
    [{ svi: undefined, bindings: [{ ip: '172.16.1.10', mac: mac(10) }] }, /^bindings\[0\]: .*svi/],
    [{ protocol: 300 }, /protocol.*300/],
  ] as const) {
    try {
      await open('there is none', options as Partial<AdvertiseOptions>)
      assert.unreachable(`${text} was not thrown`)
    } catch (error) {
      assert.match((error as Error).message, text)
    }
  }
})

advertise('are withdrawn at the end of a block, and if they cannot be advertised all', () =>
  inNetns([...scene, 'ip link add P2 type veth peer name Q2', 'ip link set P2 master B'], async (netns) => {
    const all = { macs: [mac(20)], bindings: [{ ip: '172.16.1.10', mac: mac(10) }] }
    {
      await using advertisement = await open(netns, all)
      assert.equal(fdb(netns), [atPort(10), atPort(20)])
      assert.equal(advertisement.failed, [])
    }
    assert.equal([fdb(netns), neighbors(netns)], [[], []])
    // Somebody in this program has the SVI.
    await using holder = await open(netns, { macs: [mac(30)] })
    try {
      await open(netns, { ...all, port: 'P2' })
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).name, /LeaseHeldError/)
    }
    assert.equal([fdb(netns), neighbors(netns)], [[atPort(30)], []])
    assert.equal(holder.failed, [])
  }),
)

advertise('are withdrawn if the opening is aborted, whatever was written', () =>
  inNetns(scene, async (netns) => {
    await using notifier = await Notifier.open({ netns })
    await using table = await FdbTable.open({ notifier })
    const aborting = new AbortController()
    const written: string[] = []
    table.observe((_old, next) => {
      if (next?.lladdr !== mac(10)) return
      written.push(next.lladdr)
      aborting.abort(new Error('not wanted any more'))
    })
    const bindings = [{ ip: '172.16.1.10', mac: mac(10) }]
    try {
      await open(netns, { notifier, bindings, signal: aborting.signal })
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, 'not wanted any more')
    }
    assert.ok(written.length > 0)
    assert.equal([fdb(netns), neighbors(netns)], [[], []])
    // The notifier is shared, and still works.
    await table.waitForSync()
    // An advertisement that is open is not ended by the signal of its opening.
    const later = new AbortController()
    await using advertisement = await open(netns, { bindings, signal: later.signal })
    later.abort()
    assert.equal([fdb(netns), neighbors(netns)], [[atPort(10)], [neighbor('172.16.1.10', 10)]])
    assert.equal(advertisement.failed, [])
  }),
)

advertise('are withdrawn when a program is told to end', () =>
  inNetns(scene, async (netns) => {
    const example = new ReadmeExample(
      new URL('../../README.md', import.meta.url),
      new URL('../../examples/advertise-local.ts', import.meta.url),
    )
    const lines = await example.run([netns, 'P', 'B', mac(10), '172.16.1.10'], () => {
      assert.equal([fdb(netns), neighbors(netns)], [[atPort(10)], [neighbor('172.16.1.10', 10)]])
      return true
    })
    assert.equal(lines, [`${mac(10)} is advertised at P, 172.16.1.10 at B`])
    assert.equal([fdb(netns), neighbors(netns)], [[], []])
  }),
)

advertise.run()
