import { readFileSync } from 'node:fs'

// What this process said may still be under way when it has nothing more to do: it ends when the benchmark lets go of it.
process.channel?.ref()

/** What the benchmark gave this process to know. */
export function parameters<Parameters>(): Parameters {
  return JSON.parse(process.argv[2] ?? '') as Parameters
}

/** Sends an answer to the benchmark. Resolves once it is written. */
export function answer(message: object): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}

/** Seconds that the processors have worked for this process, in all its threads. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** The most memory that this process ever had. */
export function peakBytes(): number {
  return statusBytes('VmHWM')
}

/** The memory that this process has when everything that is garbage is collected. */
export function heldBytes(): number {
  globalThis.gc?.()
  return statusBytes('VmRSS')
}

function statusBytes(name: string): number {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  if (kibibytes === undefined) throw new Error(`/proc/self/status has no ${name}`)
  return Number(kibibytes) * 1024
}
