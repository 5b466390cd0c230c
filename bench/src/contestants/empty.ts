// A process that does nothing: what memory Node.js needs for itself.
import { heldBytes, peakBytes, tell } from '../contestant.ts'

const peak = peakBytes()
await tell({ peakBytes: peak, heldBytes: heldBytes() })
