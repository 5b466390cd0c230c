import { type Cuts, noCuts } from './choices.ts'
import { Schedule, type ScheduleResult } from './schedule.ts'

/** Runs that one shrinking may take. */
const mostRuns = 400

/** Two problems of one kind differ in numbers and names alone. */
const kindOf = (problem: string | undefined): string | undefined => problem?.replace(/\d+/g, '').slice(0, 20)

/**
 * Leaves out of a failed schedule what does not matter: faults, then operations of programs and of the kernel, first many at a
 * time. What is left fails in the same way.
 * @returns the run of what is left, with its steps
 */
export async function shrink(
  failed: ScheduleResult,
): Promise<{ readonly result: ScheduleResult; readonly cuts: Cuts }> {
  const kind = kindOf(failed.problem)
  let cuts = noCuts
  let runs = 0
  const tryWith = async (next: Cuts): Promise<boolean> => {
    if (runs++ >= mostRuns) return false
    const { problem } = await new Schedule(failed.seed, next).run()
    return kindOf(problem) === kind
  }
  for (const part of ['faults', 'operations'] as const) {
    const count = part === 'faults' ? failed.faults : failed.operations
    for (let size = count; size >= 1; size = Math.floor(size / 2)) {
      for (let begin = 0; begin < count; begin += size) {
        const places = Array.from({ length: Math.min(size, count - begin) }, (_, place) => begin + place)
        if (places.every((place) => cuts[part].has(place))) continue
        const next = { ...cuts, [part]: new Set([...cuts[part], ...places]) }
        if (await tryWith(next)) cuts = next
      }
    }
  }
  return { result: await new Schedule(failed.seed, cuts, true).run(), cuts }
}
