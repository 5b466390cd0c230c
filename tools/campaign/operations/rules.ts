import { words } from '../world.ts'
import type { Domain } from './operation.ts'

export const rules: Domain = {
  name: 'rules',
  weight: 5,
  draw(world) {
    const { dice } = world
    const six = dice.below(2) === 0
    const tool = six ? 'ip -6' : 'ip'
    const priority = `priority ${100 + dice.below(40)}`
    if (dice.below(5) < 2) return world.take(`rules`, () => `${tool} rule del ${priority}`)
    const selectors = [
      six ? dice.pick('', 'from fd00::/8', 'from fd00::1') : dice.pick('', 'from 10.0.0.0/8', 'from 10.1.2.3'),
      six ? dice.pick('', 'to 2001:db8::/32') : dice.pick('', 'to 192.0.2.0/24'),
      dice.pick('', 'oif v0', 'oif v2'),
      dice.pick('', 'fwmark 5', 'fwmark 5/0xff'),
      dice.pick('', 'ipproto tcp sport 80', 'ipproto udp dport 100-200'),
      dice.pick('', 'uidrange 0-0', 'tun_id 77'),
      dice.pick('', 'protocol 84', 'protocol 186'),
    ]
    // What ends a lookup is only for what comes in by a link: the kernel looks up gateways by the same rules.
    const isEnd = dice.below(4) === 0
    const action = isEnd
      ? `iif v${dice.below(2)} ${dice.pick('blackhole', 'unreachable', 'prohibit')}`
      : dice.pick(
          ...['table 5', 'table 1000', 'table main suppress_prefixlength 0', 'table 6 suppress_ifgroup 4'],
          ...['iif v0 table 5', 'iif v1 table 7', 'iif lo table 5', 'goto 115', 'goto 125', 'goto 135', 'nop'],
        )
    world.things('rules').add(`${tool} rule del ${priority}`)
    return words(`${tool} rule add`, isEnd ? '' : dice.pick('', '', 'not'), priority, ...selectors, action)
  },
}
