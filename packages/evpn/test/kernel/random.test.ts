import { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { derivedAnew, shown } from '../support/derived.ts'
import { batch, inNetns } from '../support/netns.ts'
import { randomNumbers } from '../support/random-changes.ts'

/** What is kept up to date, against what is derived from tables that are read anew from the kernel. */
const random = suite('random changes of a kernel')

const seed = Number(process.env.SEED ?? 1)
const rounds = Number(process.env.STEPS ?? 4)
const number = randomNumbers(seed)

function pick<Item>(...items: readonly Item[]): Item {
  return items[number(items.length)] as Item
}

const setup = [
  'ip link set lo up',
  'ip link add B type bridge',
  'ip link add p0 type veth peer name p1',
  'ip link set p0 master B up',
  'ip link set p1 up',
  'ip link set B up',
]

const vxlans: Readonly<Record<string, string>> = {
  D: 'id 10 dstport 4789 local 192.0.2.100',
  D6: 'id 10 dstport 4789 local 2001:db8::100',
  E: 'id 20 dstport 4790',
  S: 'external dstport 4791',
}

/** A command of `ip` or `bridge` that the kernel may refuse. */
function change(): readonly ['ip' | 'bridge', string] {
  const name = pick(...Object.keys(vxlans), 'D', 'D', 'S')
  const mac = `02:00:00:00:00:0${number(5)}`
  const ip = pick('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2')
  const id = 1 + number(4)
  const group = 10 + number(3)
  const verb = pick('add', 'replace', 'replace')
  const srcVni = name === 'S' ? pick(' src_vni 10', ' src_vni 30', ' src_vni 30 vni 777', '') : ''
  const kind = pick('extern_learn', 'static extern_learn', 'sticky static', 'dynamic', 'permanent')
  switch (number(16)) {
    case 0:
      return ['ip', pick(`link add ${name} type vxlan ${vxlans[name]} nolearning`, `link del ${name}`)]
    case 1:
      return ['ip', pick(`link set ${name} master B`, `link set ${name} nomaster`, `link set ${name} up`)]
    case 2:
      return ['ip', pick('link set p1 down', 'link set p1 up', `link set ${name} down`, `link set ${name} name X`)]
    case 3:
    case 4:
      return ['ip', `nexthop ${verb} id ${id} via ${ip} fdb`]
    case 5:
      return ['ip', `nexthop ${verb} id ${group} group ${id}/${1 + number(4)},${1 + number(9)} fdb`]
    case 6:
      return ['ip', `nexthop del id ${pick(id, group)}`]
    case 7:
      return ['bridge', `fdb append 00:00:00:00:00:00 dev ${name} dst ${ip} ${pick('permanent', 'static')}${srcVni}`]
    case 8:
      return ['bridge', `fdb del 00:00:00:00:00:00 dev ${name} dst ${ip}${srcVni}`]
    case 9:
    case 10:
      return ['bridge', `fdb ${verb} ${mac} dev ${name} dst ${ip}${srcVni} ${kind}`]
    case 11:
      return ['bridge', `fdb ${verb} ${mac} dev ${name} nhid ${group}${srcVni} ${kind}`]
    case 12:
      return ['bridge', `fdb del ${mac} dev ${name}${srcVni}`]
    case 13:
      return ['bridge', `fdb ${verb} ${mac} dev ${pick('p0', name)} master ${pick('extern_learn', 'static')}`]
    case 14:
      return ['bridge', `fdb del ${mac} dev ${pick('p0', name)} master`]
    default: {
      const dst = pick('10.0.0.1', '10.0.0.2', '192.0.2.1', '::ffff:192.0.2.1', 'fe80::1')
      const neighbor = `lladdr ${mac} nud ${pick('noarp', 'noarp', 'permanent')} extern_learn`
      const dev = pick('B', 'B', name)
      return ['ip', number(4) === 0 ? `neigh del ${dst} dev ${dev}` : `neigh replace ${dst} dev ${dev} ${neighbor}`]
    }
  }
}

random(`are followed exactly (SEED=${seed})`, () =>
  inNetns(setup, async (netns) => {
    await using evpn = await Evpn.open({ netns })
    let most = 0
    for (let round = 0; round < rounds; round++) {
      const changes = Array.from({ length: 60 }, change)
      // In turns, so that each tool finds what the other one has made.
      for (let at = 0; at < changes.length; at += 12) {
        for (const tool of ['ip', 'bridge'] as const) {
          const lines = changes.slice(at, at + 12).filter(([of]) => of === tool)
          batch(
            tool,
            netns,
            lines.map(([, line]) => line),
            true,
          )
        }
      }
      const anew = await derivedAnew(netns, evpn)
      assert.equal(shown(evpn), anew, `round ${round}`)
      most = Math.max(most, evpn.fdb.size + evpn.groups.size + evpn.vteps.size)
    }
    assert.ok(most > 2, 'too little happened')
  }),
)

random.run()
