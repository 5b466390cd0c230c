import type { Rule } from './message.ts'

/** Masks that leave nothing out. Where no other was given a newer kernel shows these, and an older one shows none. */
const wholeMasks = {
  dscpMask: 0x3f,
  flowlabelMask: 0xfffff,
  sportMask: 0xffff,
  dportMask: 0xffff,
} as const

/** A rule without the masks that leave nothing out. */
export function withoutWholeMasks<Masked extends Partial<Rule>>(rule: Masked): Masked {
  const result = { ...rule }
  for (const name of Object.keys(wholeMasks) as (keyof typeof wholeMasks)[]) {
    if (result[name] === wholeMasks[name]) delete result[name]
  }
  return result
}
