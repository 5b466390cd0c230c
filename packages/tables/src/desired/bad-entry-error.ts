import { UsageError } from '../usage-error.ts'

/** An entry of the file is none that can be written. Nothing was sent. */
export class BadEntryError extends UsageError {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'BadEntryError'
}
