import process from 'node:process'
import { turns } from './things.ts'

/** Runs something, and returns what surfaces meanwhile as uncaught exceptions, as texts. */
export async function uncaughtDuring(run: () => Promise<void>): Promise<string[]> {
  const caught: string[] = []
  const take = (error: unknown): void => void caught.push(String(error))
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', take)
  try {
    await run()
    await turns()
  } finally {
    process.off('uncaughtException', take)
    for (const listener of before) process.on('uncaughtException', listener)
  }
  return caught
}
