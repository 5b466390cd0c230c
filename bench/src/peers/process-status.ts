import { readFile } from 'node:fs/promises'

/** `getconf CLK_TCK`: the same on every Linux. */
const ticksPerSecond = 100
const kibibyte = 1024
/** Places in `/proc/PID/stat` behind the name, which may have spaces: utime and stime of proc(5). */
const [userTicks, systemTicks] = [11, 12]

/** Empty when the process has ended. */
function read(pid: number | undefined, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}

/** Seconds that the processors have worked for a process, in steps of a hundredth; 0 when it has ended. */
export async function processorSecondsOf(pid: number | undefined): Promise<number> {
  const fields = (await read(pid, 'stat')).replace(/^.*\) /s, '').split(' ')
  return (Number(fields[userTicks] ?? 0) + Number(fields[systemTicks] ?? 0)) / ticksPerSecond
}

/** The most memory that a process ever had; `undefined` when it has ended. */
export async function peakBytesOf(pid: number | undefined): Promise<number | undefined> {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await read(pid, 'status')) ?? []
  return kibibytes === undefined ? undefined : Number(kibibytes) * kibibyte
}
