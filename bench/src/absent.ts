/** One who would take part, if it were there. */
export interface Absent {
  readonly name: string
  /** What to install, or what went wrong. */
  readonly reason: string
}

/** Those who take part, and those who do not. */
export interface Found<Participant> {
  readonly present: readonly Participant[]
  readonly absent: readonly Absent[]
}

/** Looks for each of them; what `find` throws is the reason why one is absent. */
export async function findEach<Candidate extends { readonly name: string }, Participant>(
  candidates: readonly Candidate[],
  find: (candidate: Candidate) => Promise<Participant>,
): Promise<Found<Participant>> {
  const present: Participant[] = []
  const absent: Absent[] = []
  for (const candidate of candidates) {
    try {
      present.push(await find(candidate))
    } catch (error) {
      absent.push({ name: candidate.name, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return { present, absent }
}
