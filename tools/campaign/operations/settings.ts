import { pairs } from '../world.ts'
import type { Domain } from './operation.ts'

/** Settings of the kernel that change what tables show, or what it announces. */
export const sysctls: Domain = {
  name: 'sysctls',
  weight: 1,
  draw({ dice }) {
    const pair = dice.below(pairs)
    const name = dice.pick(
      'net.ipv4.nexthop_compat_mode',
      'net.ipv6.route.skip_notify_on_dev_down',
      'net.ipv4.conf.all.ignore_routes_with_linkdown',
      `net.ipv4.conf.v${pair}.ignore_routes_with_linkdown`,
      `net.ipv6.conf.v${pair}.disable_ipv6`,
      'net.ipv4.conf.all.promote_secondaries',
      `net.ipv6.conf.v${pair}.keep_addr_on_down`,
    )
    return `sysctl ${name} ${name.endsWith('disable_ipv6') ? dice.pick(0, 0, 1) : dice.below(2)}`
  },
}
