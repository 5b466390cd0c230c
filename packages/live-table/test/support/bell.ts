import { onMessage, type TableDefinition } from '@rtnl/live-table'
import { THING_GROUP, type Thing, thingDefinition, thingMessage } from '../../../notifier/test/things.ts'

/** The type of a message that belongs to no table. */
export const BELL = 60

/** Things of a port may change in silence, which a bell announces. */
export const bellDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  triggers: [
    onMessage<Thing>({
      reason: 'bell',
      groups: [THING_GROUP],
      types: [BELL],
      invalidates({ view, body, end }) {
        const { port } = thingMessage.decode(view, body, end)
        return [{ name: `port ${port}`, request: { port }, contains: (entry) => entry.port === port }]
      },
    }),
  ],
}
