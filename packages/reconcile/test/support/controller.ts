import { type Controller, type KeepOptions, keep } from '@rtnl/reconcile'
import * as assert from 'uvu/assert'
import { type Path, PathKernel, path, pathRules } from './paths.ts'

/** Keeps entries in a kernel, and closes in the end. */
export async function withKeeping(
  wanted: readonly Partial<Path>[],
  present: readonly Path[],
  run: (controller: Controller<Path>, kernel: PathKernel) => Promise<void>,
  options: KeepOptions<Path> = {},
): Promise<void> {
  const kernel = new PathKernel(present)
  const controller = await keep(pathRules, wanted, { transports: kernel, ...options })
  try {
    await run(controller, kernel)
  } finally {
    controller.close()
  }
  assert.equal(kernel.sockets(), [], 'no socket is left')
}

export const many = (count: number, via: string): Path[] =>
  Array.from({ length: count }, (_, prefix) => path(prefix, via))
