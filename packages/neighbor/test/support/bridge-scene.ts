import { batch, ifindex, ip } from './netns.ts'

let number = 0

/** A namespace with a bridge, and a vxlan and a port in it, that learn nothing by themselves. */
export async function inScene(
  test: (netns: string, indexes: { br: number; vx: number; port: number }) => Promise<void>,
): Promise<void> {
  const netns = `scene${number++}`
  ip(`netns add ${netns}`)
  batch('ip', netns, [
    'link add br0 address 00:00:00:00:00:01 type bridge',
    'link set br0 up',
    'link add vx0 type vxlan id 42 dstport 4789 local 42.42.42.2 nolearning',
    'link set vx0 master br0',
    'link set vx0 address 00:00:00:00:00:02',
    'link set vx0 up',
    'link add port0 type veth peer name far0',
    'link set port0 master br0',
    'link set port0 address 00:00:00:00:00:03',
    'link set port0 up',
    'addr add 10.10.10.1/24 dev br0',
    'addr add 10::1/64 dev br0 nodad',
  ])
  try {
    await test(netns, { br: ifindex(netns, 'br0'), vx: ifindex(netns, 'vx0'), port: ifindex(netns, 'port0') })
  } finally {
    ip(`netns del ${netns}`)
  }
}
