import { Connection } from '@rtnl/netlink-core'
import { type Check, type CheckGroup, notKnown } from './check.ts'
import { addonGroup } from './checks/addon.ts'
import { bufferGroup } from './checks/buffer.ts'
import { dropGroup } from './checks/drops.ts'
import { kernelGroup, strictCheckGroup } from './checks/kernel.ts'
import { nameGroup } from './checks/names.ts'
import { neighborGroup } from './checks/neighbors.ts'
import { ownerGroup } from './checks/owners.ts'
import { protocolGroup } from './checks/protocol.ts'
import { capabilityGroup, writeGroup } from './checks/rights.ts'
import { runtimeGroup } from './checks/runtime.ts'
import { settingGroup } from './checks/settings.ts'
import { featureGroup } from './features/group.ts'

/** In the order in which they are printed. */
const groups: readonly CheckGroup[] = [
  runtimeGroup,
  addonGroup,
  kernelGroup,
  strictCheckGroup,
  featureGroup,
  writeGroup,
  capabilityGroup,
  bufferGroup,
  dropGroup,
  settingGroup,
  neighborGroup,
  ownerGroup,
  protocolGroup,
  nameGroup,
]

/** Makes all checks. Nothing is changed in the network namespace of the process. */
export async function examine(protocol: number | undefined): Promise<readonly Check[]> {
  const opened = await open()
  const patient = {
    protocol,
    connection: () => {
      if (opened instanceof Connection) return opened
      throw opened
    },
  }
  try {
    const checks: Check[] = []
    for (const { ids, examine } of groups) {
      try {
        checks.push(...(await examine(patient)))
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        checks.push(...ids.map((id) => notKnown(id, why)))
      }
    }
    return checks
  } finally {
    if (opened instanceof Connection) opened.close()
  }
}

/** A connection, or why there is none. */
async function open(): Promise<Connection | Error> {
  try {
    return await Connection.open()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
