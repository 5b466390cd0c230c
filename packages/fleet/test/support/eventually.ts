import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'

/** Waits until a check passes; after some time it throws what the check throws. */
export async function eventually(check: () => void | Promise<void>, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (true) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > end) throw error
      await delay(20)
    }
  }
}

/** Waits until something is as it should be. */
export async function becomes<Value>(value: () => Value, expected: Value, seconds?: number): Promise<void> {
  await eventually(() => assert.equal(value(), expected), seconds)
}
