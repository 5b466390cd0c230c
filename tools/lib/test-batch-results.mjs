/**
 * What a file of a batch printed, and how it ended if not with exit code 0.
 * @typedef {{ output: string, end: string | undefined, seconds: number, cpuSeconds: number }} FileRun
 */

/**
 * Cuts what `test-batch.mjs` printed into what each file printed.
 * @param {string} output
 * @param {string} mark the one that it was given
 * @param {string | undefined} end how the process ended if not with exit code 0
 * @returns {FileRun[]} of the files that began, in their order: the last one is blamed for an end of the process that no file told of
 */
export function cutBatch(output, mark, end) {
  const runs = output
    .split(`\n${mark} begins\n`)
    .slice(1)
    .map((text) => {
      const [printed = '', ended] = text.split(`\n${mark} ends `)
      if (ended === undefined)
        return { output: printed, end: end ?? 'the process ended before it', seconds: 0, cpuSeconds: 0 }
      const [line = '', ...rest] = ended.split('\n')
      const [code = 0, milliseconds = 0, cpuMilliseconds = 0] = line.split(' ').map(Number)
      return {
        output: printed + rest.join('\n'),
        end: code === 0 ? undefined : `exit code ${code}`,
        seconds: milliseconds / 1000,
        cpuSeconds: cpuMilliseconds / 1000,
      }
    })
  const last = runs.at(-1)
  if (last !== undefined && runs.every((run) => run.end === undefined)) last.end = end
  return runs
}
