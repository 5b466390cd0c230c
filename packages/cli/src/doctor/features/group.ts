import { statSync } from 'node:fs'
import { readText } from '../../read-text.ts'
import { type Check, type CheckGroup, notKnown, requireReadable } from '../check.ts'
import type { Feature } from './feature.ts'
import { tryIsolated } from './isolated.ts'
import { features, type Trial } from './try-out.ts'

/** What the kernel has, found out by trying. */
export const featureGroup: CheckGroup = {
  ids: [...features.map(idOf), 'feature.mpls'],
  async examine(patient) {
    patient.connection()
    const mpls = judgeMpls()
    try {
      const trial = await tryIsolated()
      return [...features.map((feature) => judge(feature, trial)), mpls]
    } catch (error) {
      const [first = '', ...others] = features.map(idOf)
      // The reason is long enough for one line.
      return [notKnown(first, (error as Error).message), ...others.map((id) => notKnown(id, `see ${first}`)), mpls]
    }
  },
}

function idOf({ name }: Feature): string {
  return `feature.${name}`
}

function judge(feature: Feature, trial: Trial): Check {
  const id = idOf(feature)
  const found = trial[feature.name]
  if (found === true) return { id, level: 'green', text: feature.title, value: true }
  return {
    id,
    level: feature.needed ? 'red' : 'yellow',
    text: `no ${feature.title}: ${feature.lack} (${found ?? 'not tried'})`,
    todo: `${feature.needed ? 'use' : 'if you want it, use'} ${feature.since}`,
    value: false,
  }
}

const mplsSettings = '/proc/sys/net/mpls'

/** Routes of labels. The kernel's module is not loaded to find out. */
function judgeMpls(): Check {
  const id = 'feature.mpls'
  try {
    requireReadable(mplsSettings)
    statSync(mplsSettings)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return notKnown(id, (error as Error).message)
    return {
      id,
      level: 'yellow',
      text: 'no MPLS routes: the kernel has no MPLS, or its module is not loaded',
      todo: 'if you want it, modprobe mpls_router',
      value: false,
    }
  }
  const labels = Number(readText(`${mplsSettings}/platform_labels`))
  if (labels > 0) return { id, level: 'green', text: `MPLS routes, with labels up to ${labels - 1}`, value: true }
  return {
    id,
    level: 'yellow',
    text: 'MPLS, but no labels: the kernel refuses every route of a label',
    todo: 'if you want it, sysctl -w net.mpls.platform_labels=1048575',
    value: true,
  }
}
