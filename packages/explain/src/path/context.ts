import type { Link } from '@rtnl/link'
import type { Neighbor } from '@rtnl/neighbor'
import type { KernelAnswer, KernelAnswers } from '../question/answer.ts'
import { questionKey } from '../question/answer.ts'
import type { Question } from '../question/question.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Leg, Step } from '../step.ts'

/** Where a packet or a frame is, between two steps. */
export type Place =
  | { readonly at: 'lookup'; readonly question: Question }
  | { readonly at: 'nexthop'; readonly id: number; readonly leg: Leg | undefined; readonly hop: Place }
  | { readonly at: 'hop'; readonly ifindex: number | undefined; readonly address: string; readonly lladdr?: string }
  | { readonly at: 'neighbor'; readonly link: Link; readonly address: string }
  | { readonly at: 'frame'; readonly link: Link; readonly lladdr: string; readonly vlan: number }
  | {
      readonly at: 'port'
      readonly link: Link
      readonly lladdr: string
      readonly vlan: number
      /** The port without carrier whose place it takes. */
      readonly insteadOf: Link | undefined
    }
  | {
      readonly at: 'vxlan'
      readonly link: Link
      readonly lladdr: string
      readonly vni: number | undefined
      /** The nexthop group of the port whose backup the vxlan is: then nothing is looked up. */
      readonly backupNhid?: number | undefined
    }
  | {
      readonly at: 'vtep'
      readonly link: Link
      readonly vni: number | undefined
      readonly remote: Neighbor | undefined
      readonly ip: string
      readonly memberId?: number | undefined
    }

type WithoutLayer<T> = T extends Step ? Omit<T, 'underlay'> : never
/** A step before it is known which packet it is of. */
export type NewStep = WithoutLayer<Step>

/** The steps at a place, and where the packet is then. */
export interface Advance {
  readonly steps: readonly NewStep[]
  readonly next?: Place | undefined
}

/** What a derivation knows, and what it would like to ask. */
export class Context {
  readonly snapshot: Snapshot
  /** Questions to the kernel that nobody has asked yet. */
  readonly unasked: Question[] = []
  /** Whether the packet is one that a vxlan has made. */
  underlay = false
  readonly #answers: KernelAnswers

  constructor(snapshot: Snapshot, answers: KernelAnswers) {
    this.snapshot = snapshot
    this.#answers = answers
  }

  answer(question: Question): KernelAnswer | undefined {
    const answer = this.#answers.get(questionKey(question))
    if (answer === undefined) this.unasked.push(question)
    return answer
  }
}
