import type { Target } from '../target.ts'
import { batches } from './batches.ts'
import { acks, dumps } from './connections.ts'
import { decoders } from './decoders.ts'
import { names } from './names.ts'
import { notifications } from './notifications.ts'
import { rows } from './rows.ts'

export const targets: readonly Target[] = [decoders, rows, batches, acks, dumps, notifications, names]
