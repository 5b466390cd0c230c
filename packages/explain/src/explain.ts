import { type Advance, Context, type Place } from './path/context.ts'
import { takeFrame, takePort } from './path/frame.ts'
import { takeHop, takeNeighbor, takeNexthop } from './path/hop.ts'
import { lookUp } from './path/lookup.ts'
import { takeVtep, takeVxlan } from './path/vxlan.ts'
import type { KernelAnswers } from './question/answer.ts'
import { checkQuestion, type Question } from './question/question.ts'
import { Snapshot } from './snapshot.ts'
import type { Step, StepOutcome } from './step.ts'
import type { Tables } from './tables.ts'

/** Where a packet goes. */
export interface Explanation {
  /** What was asked, with its addresses as the kernel writes them. */
  readonly question: Question
  /** What becomes of the packet: the outcome of the last step. */
  readonly outcome: Exclude<StepOutcome, 'next'>
  /** The sentence of the last step. */
  readonly text: string
  /** In the order in which the packet takes them. */
  readonly steps: readonly Step[]
  /** What the kernel would have to be asked to check the routes of the steps (`askKernel`). */
  readonly unasked: readonly Question[]
}

/** What becomes of a packet whose way does not end. */
const endless = { outcome: 'stops', text: 'the way does not end: interfaces lead to each other' } as const

/** More than any way has: each VLAN device and bridge is one. It ends what devices that are above each other would make endless. */
const mostPlaces = 64

/**
 * Derives from tables where a packet of this host goes: rule, route, nexthop, interface, neighbour, forwarding entry, tunnel endpoint,
 * and the way of the packet that a tunnel makes. It changes nothing and asks nobody.
 * @param answers what the kernel says of the packet, and of that of a tunnel. Where it says something different, the next steps follow
 *   the kernel
 * @throws {TypeError | RangeError} a field of the question that does not fit, named with its value
 */
export function explain(tables: Tables, question: Question, answers: KernelAnswers = new Map()): Explanation {
  const { dst, src } = checkQuestion(question)
  const packet: Question = { ...question, dst, ...(src === undefined ? {} : { src }) }
  const context = new Context(new Snapshot(tables), answers)
  const steps: Step[] = []
  let place: Place | undefined = { at: 'lookup', question: packet }
  for (let count = 0; place !== undefined && count < mostPlaces; count++) {
    const { underlay } = context
    const advance: Advance = advanceFrom(place, context)
    for (const step of advance.steps) steps.push({ ...step, underlay } as Step)
    place = advance.next
  }
  const { outcome, text } = steps.at(-1) ?? endless
  const end = outcome === 'next' ? endless : { outcome, text }
  return { question: packet, ...end, steps, unasked: context.unasked }
}

function advanceFrom(place: Place, context: Context): Advance {
  switch (place.at) {
    case 'lookup':
      return lookUp(place.question, context)
    case 'nexthop':
      return takeNexthop(place, context)
    case 'hop':
      return takeHop(place, context)
    case 'neighbor':
      return takeNeighbor(place, context)
    case 'frame':
      return takeFrame(place, context)
    case 'port':
      return takePort(place, context)
    case 'vxlan':
      return takeVxlan(place, context)
    case 'vtep':
      return takeVtep(place, context)
  }
}
