import { type Address, addressOwner } from '@rtnl/address'
import { ifindex, keepingCompliance } from '@rtnl/compliance'
import { suite } from 'uvu'
import { ipAddresses } from '../support/shown.ts'

const tests = suite('compliance of kept addresses')
keepingCompliance<Address>(tests, {
  setup: [
    'ip link set lo up',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 addrgenmode none',
    'ip link set p0 addrgenmode none',
    'ip link set v0 up',
    'ip link set p0 up',
  ],
  // Addresses with an end, and such of one link, are of others.
  others: ['ip addr add 10.9.0.1/24 dev v0 valid_lft 9000 preferred_lft 9000', 'ip addr add fe80::5/64 dev v0 nodad'],
  rules: async (netns) => addressOwner({ ifindex: ifindex(netns, 'v0') }),
  wanted: () => [
    { address: '10.0.0.1', prefixlen: 24, broadcast: '10.0.0.255', label: 'v0:a' },
    { local: '10.0.1.1', address: '10.0.1.2', prefixlen: 32 },
    { address: 'fd00::1', prefixlen: 64, flags: 2 },
    { local: 'fd00::2', address: 'fd00::3', prefixlen: 128, flags: 2 },
  ],
  changed: () => ({ address: '10.0.0.1', prefixlen: 24, broadcast: '10.0.0.255', label: 'v0:a', rtPriority: 7 }),
  refused: () => ({ address: 'ff02::99', prefixlen: 64 }),
  edit: 'ip addr replace 10.0.0.1/24 dev v0 metric 50',
  remove: 'ip addr del fd00::2/128 dev v0',
  shown: ipAddresses,
})
tests.run()
