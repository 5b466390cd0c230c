import { UsageError } from '../usage-error.ts'

/** An entry of the file is none that can be written. Nothing was sent. */
export class BadEntryError extends UsageError {
  override readonly name: string = 'BadEntryError'
}
