import { setImmediate } from 'node:timers'
import { type DatapathObject, type DatapathOperation, datapathBatch, Evpn, inDatapathOrder } from '@rtnl/evpn'
import { changesOf } from '@rtnl/live-table'

const [netns] = process.argv.slice(2)

await using evpn = await Evpn.open({ netns })

function text(object: DatapathObject): string {
  if (object.kind === 'endpoint') return `id=${object.id} tun_id=${object.encapVni} tun_dst=${object.ip}:${object.port}`
  if (object.kind === 'group') return `type=${object.type}`
  if (object.kind === 'answer') return `${object.protocol} ${object.ip} is at ${object.mac}`
  const { action } = object
  const target = action.type === 'endpoint' ? action.endpoint : action.type === 'group' ? action.group : action.type
  return object.kind === 'bucket' && object.weight !== undefined ? `weight=${object.weight} ${target}` : target
}

// What happens in one turn of the event loop is put in an order in which a forwarding plane can carry it out.
let pending: DatapathOperation[] = []

function carryOut(): void {
  for (const { action, object } of inDatapathOrder(pending)) console.log(`${action} ${object.key}: ${text(object)}`)
  pending = []
}

const collections = [evpn.vnis, evpn.vteps, evpn.groups, evpn.floods, evpn.fdb, evpn.arps]
const filling = new Set(collections.map(({ definition }) => definition.name))
for await (const batch of changesOf(collections)) {
  pending.push(...datapathBatch(batch))
  if (batch.event === 'synced') filling.delete(batch.table)
  if (filling.size === 0) setImmediate(carryOut)
}
