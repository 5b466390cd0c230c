import { Advertisement } from '@rtnl/evpn'

const [netns, port = '', svi = '', mac = '', ip = ''] = process.argv.slice(2)

// 84 is the protocol of OVN; a program takes one that nobody else uses.
const advertisement = await Advertisement.open({ netns, port, svi, protocol: 84, bindings: [{ ip, mac }] })

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    const errors = await advertisement.remove()
    for (const { message } of errors) console.error(message)
    process.exit(errors.length === 0 ? 0 : 1)
  })
}
console.log(`${mac} is advertised at ${port}, ${ip} at ${svi}`)
