import { arch, release, type } from 'node:os'
import manifest from '../../package.json' with { type: 'json' }
import { sectionHeader } from '../pcapng/encode.ts'

/** The block that a recording of this machine begins with. */
export function sectionOfThisMachine(): Uint8Array {
  return sectionHeader({
    hardware: arch(),
    system: `${type()} ${release()}`,
    application: `rtnl ${manifest.version}`,
  })
}
