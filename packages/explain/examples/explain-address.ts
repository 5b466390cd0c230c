import { explainPacket } from '@rtnl/explain'
import { Notifier } from '@rtnl/notifier'

const notifier = await Notifier.open()
const { steps, outcome } = await explainPacket(notifier, { dst: '127.0.0.2' })

for (const { kind, text } of steps) console.log(`${kind}: ${text}`)
console.log(outcome)
notifier.close()
