import { readText } from '../../read-text.ts'
import type { CheckGroup, Patient } from '../check.ts'

/** Whether the addon is loaded and a socket can be opened, and from where it came. */
export const addonGroup: CheckGroup = {
  ids: ['addon'],
  examine(patient) {
    const problem = problemOf(patient)
    // The error says what to do.
    if (problem !== undefined) return [{ id: 'addon', level: 'red', text: problem }]
    const maps = readText('/proc/self/maps')
    const path = maps === undefined ? undefined : loadedAddon(maps)
    if (path === undefined) {
      return [{ id: 'addon', level: 'green', text: 'loaded; from where is not known: /proc/self/maps may not be read' }]
    }
    const origin = originOf(path)
    return [{ id: 'addon', level: 'green', text: `${words[origin]}: ${path}`, value: { path, origin } }]
  },
}

const words = {
  compiled: 'compiled here',
  prebuilt: 'prebuilt',
  unpacked: 'unpacked from the executable',
} as const

function problemOf(patient: Patient): string | undefined {
  try {
    patient.connection()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The addon among the files that are mapped into the memory of a process (proc_pid_maps(5): the sixth field is the path). */
function loadedAddon(maps: string): string | undefined {
  const paths = maps.split('\n').map((line) => /^(?:\S+\s+){5}(\/.*?)(?: \(deleted\))?$/.exec(line)?.[1] ?? '')
  const addons = paths.filter((path) => path.endsWith('.node'))
  return addons.find((path) => path.endsWith('/netlink.node')) ?? addons[0]
}

function originOf(path: string): keyof typeof words {
  if (path.includes('/native/build/')) return 'compiled'
  return path.includes('/prebuilds/') ? 'prebuilt' : 'unpacked'
}
