import type { Advance, Context, NewStep, Place } from './context.ts'
import { whyClosed } from './hop.ts'

/** `BOND_MODE_BROADCAST`. */
const broadcast = 3
/** `BOND_STATE_BACKUP` of a port. */
const backup = 1

/** Sends a frame by the port of a bond that is in use (`bond_start_xmit`). Which one of several is not said. */
export function takeBond(frame: Place & { at: 'frame' }, { snapshot }: Context): Advance {
  const { link: bond, lladdr, vlan } = frame
  const name = bond.ifname
  const ports = snapshot
    .ports(bond.ifindex)
    .filter((port) => port.bondSlave?.state !== backup && whyClosed(port) === undefined)
  const [only, ...more] = ports
  const step = { kind: 'interface', entry: only ?? bond } as const
  if (only === undefined) {
    return { steps: [{ ...step, outcome: 'stops', text: `${name} has no port in use: the frame is dropped` }] }
  }
  if (more.length === 0) {
    const next: NewStep = {
      ...step,
      outcome: 'next',
      text: `${name} hands the frame to ${only.ifname}, its port in use`,
    }
    return { steps: [next], next: { at: 'frame', link: only, lladdr, vlan } }
  }
  const which = bond.bond?.mode === broadcast ? 'each' : 'one'
  const names = ports.map(({ ifname }) => ifname).join(', ')
  const text = `the frame leaves by ${which} of the ports of ${name}: ${names}`
  return { steps: [{ ...step, entry: bond, outcome: 'delivered', text }] }
}
