import { type Address, AddressFlag, addressOwner } from '@rtnl/address'
import { type FieldSubject, fieldCompliance, ifindex, numbersAndJunk, withFields } from '@rtnl/compliance'
import type { DesiredEntry } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'

const texts = fc.constantFrom<unknown>(
  ...['10.0.0.1', '10.0.0.2', '127.0.0.9', '224.0.0.9', '255.255.255.255', '0.0.0.0', '10.0.0.255'],
  ...['FD00::1', 'fd00::2', 'fe80::9', 'fec0::1', '::1', '::', 'ff02::9', '::ffff:10.0.0.1', '::7', '2002:a00::1'],
  ...['10.0.0', '10.0.0.1/24', '', null, 5],
)
const lengths = fc.oneof(fc.constantFrom<unknown>(0, 8, 24, 31, 32, 33, 64, 127, 128, 129), numbersAndJunk)
const lifetime = fc.oneof(fc.constantFrom<unknown>(1000, 2000, 0xffffffff, 0xfffffffe), numbersAndJunk)

function wanted(index: number): fc.Arbitrary<DesiredEntry<Address>> {
  return withFields(
    fc.constantFrom<object>(
      { address: '10.0.0.1', prefixlen: 24 },
      { local: '10.0.0.1', address: '10.0.0.2', prefixlen: 32 },
      { address: 'fd00::1', prefixlen: 64, flags: 'nodad' },
      { local: 'fd00::1', address: 'fd00::2', prefixlen: 128, flags: 'nodad' },
    ),
    {
      family: fc.constantFrom<unknown>(2, 10, 'inet', 0, 7, null),
      prefixlen: lengths,
      scope: fc.oneof(fc.constantFrom<unknown>('host', 'link', 'global'), numbersAndJunk),
      ifindex: fc.constantFrom<unknown>(index, 4711, 0, null),
      cacheinfo: fc.oneof(
        fc.record({ preferred: lifetime, valid: lifetime }),
        fc.record({ valid: lifetime }),
        fc.constantFrom<unknown>({ preferred: 0, valid: 2000 }, { preferred: 2, valid: 1 }, {}, 5, null),
      ),
      address: texts,
      local: texts,
      broadcast: texts,
      anycast: texts,
      label: fc.constantFrom<unknown>('v0', 'v0:1', 'xyz', 'fifteen-letters', 'sixteen-letters-', '', 'a b', null, 5),
      protocol: fc.constantFrom<unknown>(99, 0, 3, 256, '99', null),
      flags: fc.oneof(
        fc.constantFrom<unknown>(
          'noprefixroute',
          ['nodad', 'home'],
          ['nodad', 'mngtmpaddr'],
          'autojoin',
          ['tentative'],
          2,
        ),
        fc.nat(12).map((bit) => 2 ** bit),
        numbersAndJunk,
      ),
      rtPriority: numbersAndJunk,
    },
  )
}

const written =
  AddressFlag.NODAD |
  AddressFlag.HOMEADDRESS |
  AddressFlag.MANAGETEMPADDR |
  AddressFlag.NOPREFIXROUTE |
  AddressFlag.MCAUTOJOIN

/** A label that was not given is the name of the interface; lifetimes run. */
function told({ label, cacheinfo, flags = 0, ...shown }: Address, normal: Address): Address {
  const runs = (left = 0, whole = 0): number => (left <= whole && left >= whole - 60 ? whole : left)
  return {
    ...shown,
    flags: flags & written,
    ...(label === undefined || normal.label === undefined ? {} : { label }),
    cacheinfo: {
      preferred: runs(cacheinfo?.preferred, normal.cacheinfo?.preferred),
      valid: runs(cacheinfo?.valid, normal.cacheinfo?.valid),
      cstamp: 0,
      tstamp: 0,
    },
  }
}

const subject: FieldSubject<Address, DesiredEntry<Address>> = {
  setup: [
    'ip link set lo up',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 addrgenmode none',
    'ip link set v0 up',
    'ip link set p0 up',
  ],
  rules: async (netns) => addressOwner({ ifindex: ifindex(netns, 'v0'), protocol: 99 }),
  wanted: (netns) => wanted(ifindex(netns, 'v0')),
  told,
  tries: 1000,
}

const tests = suite('fields of addresses')
fieldCompliance(tests, subject)
tests.run()
