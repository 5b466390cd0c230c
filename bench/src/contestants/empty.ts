// A process that does nothing: what memory Node.js needs for itself.
import { answer, heldBytes, peakBytes } from '../contestant.ts'

const peak = peakBytes()
await answer({ peakBytes: peak, heldBytes: heldBytes() })
