// timeout: 240
// runtimes: node deno
import { type Address, addressDefinition } from '@rtnl/address'
import { compliance } from '@rtnl/compliance'
import { suite } from 'uvu'
import { asIpShows, ipAddresses } from '../support/shown.ts'

const numbers = Array.from({ length: 1000 }, (_, index) => `10.${20 + (index >> 8)}.${index & 255}.1`)

const tests = suite('compliance of addresses')
compliance<Address>(tests, {
  definition: addressDefinition,
  setup: ['ip link set lo up', 'ip link add v0 type veth peer name p0', 'ip link set v0 up', 'ip link set p0 up'],
  add: [
    'ip addr add 10.0.0.1/24 dev v0',
    'ip addr add 10.0.1.1 peer 10.0.1.2/32 dev v0',
    'ip addr add fd00::1/64 dev v0 nodad',
    'ip addr add fd00::2 peer fd00::3/128 dev v0 nodad',
  ],
  change: [
    'ip addr replace 10.0.0.1/24 dev v0 valid_lft 1000 preferred_lft 500',
    'ip addr replace fd00::2 peer fd00::4/128 dev v0 nodad',
  ],
  remove: [
    'ip addr del fd00::2/128 dev v0',
    'ip addr del fd00::1/64 dev v0',
    'ip addr del 10.0.1.1 peer 10.0.1.2/32 dev v0',
    'ip addr del 10.0.0.1/24 dev v0',
  ],
  flood: numbers.flatMap((address, index) => [
    `ip addr add ${address}/32 dev v0`,
    ...(index % 2 === 0 ? [`ip addr del ${address}/32 dev v0`] : []),
  ]),
  identity: asIpShows,
  truth: ipAddresses,
})
tests.run()
