// timeout: 180
import { type Mdb, mdbDefinition } from '@rtnl/bridge'
import { compliance } from '@rtnl/compliance'
import { suite } from 'uvu'
import { mdbText, shownMdb } from '../support/mdb.ts'

const groups = suite('compliance of multicast groups')
compliance<Mdb>(groups, {
  definition: mdbDefinition,
  setup: [
    // No group of IPv6 that an interface joins by itself, at any time.
    'ip link add br0 type bridge mcast_snooping 1 mcast_hash_max 65536',
    'ip link set br0 addrgenmode none up',
    'ip link add br1 type bridge mcast_snooping 1',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 addrgenmode none master br0 up',
    'ip link set p0 addrgenmode none up',
  ],
  add: [
    'bridge mdb add dev br0 port v0 grp 239.1.1.1 permanent',
    'bridge mdb add dev br0 port v0 grp ff0e::1 src 2001:db8::1 permanent',
    'bridge mdb add dev br0 port br0 grp 01:00:5e:01:02:03 permanent',
  ],
  change: [],
  remove: [
    'bridge mdb del dev br0 port v0 grp 239.1.1.1',
    'bridge mdb del dev br0 port v0 grp ff0e::1 src 2001:db8::1',
    'bridge mdb del dev br0 port br0 grp 01:00:5e:01:02:03',
  ],
  flood: Array.from({ length: 800 }, (_, index) => `239.2.${index >> 8}.${index & 255}`).flatMap((group, index) => [
    `bridge mdb add dev br0 port v0 grp ${group} permanent`,
    ...(index % 2 === 0 ? [`bridge mdb del dev br0 port v0 grp ${group}`] : []),
  ]),
  silent: {
    before: [
      'bridge mdb add dev br0 port v0 grp 01:00:5e:00:00:09 permanent',
      'bridge mdb add dev br0 port br0 grp 01:00:5e:00:00:09 permanent',
    ],
    lines: ['bridge mdb del dev br0 port v0 grp 01:00:5e:00:00:09'],
  },
  identity: mdbText,
  truth: shownMdb,
})
groups.run()
