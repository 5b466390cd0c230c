import { addressOwner } from '@rtnl/address'
import { noInterfaces } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const fields = suite('fields of addresses')
const marked = addressOwner({ ifindex: 3, protocol: 99 })
const plain = addressOwner({ ifindex: 3 })

const refusals: [entry: object, problem: string][] = [
  [{ prefixlen: 24 }, 'address.address: is missing'],
  [{ address: '10.0.0.1' }, 'address.prefixlen: is missing: it stands beside the address'],
  [{ address: '10.0.0.1', prefixlen: 33 }, 'address.prefixlen: 33 is not a whole number in 0..32'],
  [{ address: 'fd00::1', prefixlen: 129 }, 'address.prefixlen: 129 is not a whole number in 0..128'],
  [{ address: '0.0.0.0', prefixlen: 8 }, 'address.address: 0.0.0.0 is no address of an interface'],
  [{ address: '::', prefixlen: 64 }, 'address.address: :: is no address of an interface'],
  [{ local: '10.0.0.1', address: '0.0.0.0', prefixlen: 32 }, 'address.address: 0.0.0.0 is no address of an interface'],
  [{ local: '10.0.0.1', address: 'fd00::1', prefixlen: 32 }, 'address.address: fd00::1 is not an IPv4 address'],
  [{ family: 10, address: '10.0.0.1', prefixlen: 32 }, 'address.address: 10.0.0.1 is not an IPv6 address'],
  [
    { address: '10.0.0.1', prefixlen: 24, cacheinfo: { preferred: 20, valid: 10 } },
    'address.cacheinfo.preferred: 20 is more than valid, 10',
  ],
  [
    { address: '10.0.0.1', prefixlen: 24, cacheinfo: { valid: 0 } },
    'address.cacheinfo.valid: 0 is not a whole number in 1..4294967295',
  ],
  [{ address: 'fd00::1', prefixlen: 64, label: 'v0' }, 'address.label: v0 is of IPv4 only'],
  [{ address: 'fd00::1', prefixlen: 64, broadcast: '10.0.0.255' }, 'address.broadcast: 10.0.0.255 is of IPv4 only'],
  [{ address: 'fd00::1', prefixlen: 64, scope: 'link' }, 'address.scope: 253 is not 0, which that of fd00::1 is'],
  [
    { address: '10.0.0.1', prefixlen: 24, flags: 'nodad' },
    'address.flags: 2 (nodad, home or mngtmpaddr) is of IPv6 only',
  ],
  [
    { address: 'fd00::1', prefixlen: 65, flags: 'mngtmpaddr' },
    'address.flags: 256 (mngtmpaddr) needs a prefix of 64 bits, not 65',
  ],
  [{ address: '10.0.0.1', prefixlen: 24, ifindex: 4 }, 'address.ifindex: 4 is not 3, the interface that is written'],
  [{ address: '10.0.0.1', prefixlen: 24, protocol: 5 }, 'address.protocol: 5 is not 99, whose addresses are written'],
  [
    { address: '10.0.0.1', prefixlen: 24, brd: '10.0.0.255' },
    'address.brd: there is no such field; it is called broadcast',
  ],
]

for (const [entry, problem] of refusals) {
  fields(`refused: ${JSON.stringify(entry)}`, () => {
    assert.throws(
      () => marked.normalize(entry, noInterfaces),
      ({ message }: Error) => message === problem,
    )
  })
}

const unmarked: [entry: object, problem: RegExp][] = [
  [{ address: 'fe80::1', prefixlen: 64 }, /^address\.address: fe80::1 is of one link, .* it needs a protocol$/],
  [
    { address: '10.0.0.1', prefixlen: 24, cacheinfo: { valid: 100 } },
    /^address\.cacheinfo\.valid: 100: an address that ends needs a protocol$/,
  ],
  [
    { address: '10.0.0.1', prefixlen: 24, protocol: 9 },
    /^address\.protocol: 9: addresses without a protocol are written$/,
  ],
]

for (const [entry, problem] of unmarked) {
  fields(`refused without a protocol: ${JSON.stringify(entry)}`, () => {
    assert.throws(() => plain.normalize(entry, noInterfaces), problem)
  })
}

fields('what is left out is what the kernel shows of a plain address', () => {
  const cacheinfo = { preferred: 4294967295, valid: 4294967295, cstamp: 0, tstamp: 0 }
  assert.equal(marked.normalize({ address: '10.0.0.1', prefixlen: 24 }, noInterfaces), {
    ...{ family: 2, prefixlen: 24, scope: 0, ifindex: 3, flags: 0, protocol: 99, cacheinfo },
    ...{ address: '10.0.0.1', local: '10.0.0.1' },
  })
  assert.equal(plain.normalize({ local: 'FD00::1', address: '::', prefixlen: 64 }, noInterfaces), {
    ...{ family: 10, prefixlen: 64, scope: 0, ifindex: 3, flags: 0, cacheinfo },
    address: 'fd00::1',
  })
})

fields('an owner needs an interface, and a protocol that is not of the kernel', () => {
  for (const protocol of [0, 3, 256, 1.5]) {
    assert.throws(() => addressOwner({ ifindex: 3, protocol }), /^protocol: .* is not a whole number in 4\.\.255/)
  }
  assert.throws(() => addressOwner({ ifindex: 0 }), /^ifindex: 0 is not a whole number in 1\.\.2147483647$/)
})

fields.run()
