import { worst } from '../doctor/check.ts'
import { examine } from '../doctor/examine.ts'
import { tryFeatures } from '../doctor/features/try-out.ts'
import { reportJson, reportText } from '../doctor/report.ts'
import type { StandardOutput } from '../output/standard-output.ts'

export interface DoctorOptions {
  readonly json: boolean
  readonly protocol: number | undefined
}

/**
 * Prints what is right and wrong here for rtnl.
 * @returns whether nothing is red
 */
export async function diagnose({ json, protocol }: DoctorOptions, output: StandardOutput): Promise<boolean> {
  const checks = await examine(protocol)
  await output.write(json ? reportJson(checks) : reportText(checks, output))
  return worst(checks) !== 'red'
}

/** Prints what `diagnose` wants to know of the kernel, in the network namespace of this process: see `tryFeatures`. */
export async function diagnoseKernel(outside: string, output: StandardOutput): Promise<void> {
  await output.write(`${JSON.stringify(await tryFeatures(outside))}\n`)
}
