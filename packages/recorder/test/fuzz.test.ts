// timeout: 600
import process from 'node:process'
import { Recorder, readRecording } from '@rtnl/recorder'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recordingOf } from './support/files.ts'
import { recordProgram, replayProgram } from './support/program.ts'

/** With `--deep` every place and every damage is tried, otherwise some of all. */
const isDeep = process.env.RTNL_TEST_DEEP === '1'

const fuzz = suite('damaged files')

fuzz('any beginning of a file is read, and its end named', async () => {
  const file = await recordingOf(4)
  const whole = readRecording(file).events
  const view = new DataView(file.buffer, file.byteOffset)
  const borders = new Set<number>()
  for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) borders.add(at)
  for (let length = 0; length < file.length; length++) {
    // Also the lengths at borders, and just before and after them.
    const isAtBorder = [-1, 0, 1].some((near) => borders.has(length + near))
    if (!isDeep && !isAtBorder && length % 5 !== 0) continue
    const { events, problems } = readRecording(file.subarray(0, length))
    assert.ok(events.length <= whole.length)
    assert.equal(
      events.map(({ kind }) => kind),
      whole.slice(0, events.length).map(({ kind }) => kind),
    )
    assert.ok(problems.length > 0 || (length > 0 && borders.has(length)), `${length} bytes`)
    assert.ok(problems.every(({ offset }) => offset >= 0 && offset <= length))
  }
})

fuzz('any flipped byte neither crashes nor loops', async () => {
  const file = await recordingOf(4)
  const most = readRecording(file).events.length
  const masks = [0xff, 0x01, 0x80]
  for (let at = 0; at < file.length; at++) {
    for (const bits of isDeep ? masks : [masks[at % masks.length]!]) {
      const damaged = file.slice()
      damaged[at]! ^= bits
      const { events, problems } = readRecording(damaged)
      assert.ok(events.length <= most)
      assert.ok(problems.every(({ offset }) => offset >= 0 && offset <= file.length))
    }
  }
})

fuzz('a damaged recording is replayed to its end, or refused with an error', async () => {
  const recorder = new Recorder()
  await recordProgram(recorder, async (kernel) => {
    kernel.addPair('a', 'b')
    kernel.setDown('a')
    kernel.deleteLink('b')
  })
  const file = recorder.content()
  const steps = isDeep ? 60 : 20
  for (let step = 0; step < steps; step++) {
    const at = Math.floor((file.length / steps) * step)
    const damaged = file.slice()
    damaged[at]! ^= 0xff
    for (const bytes of [damaged, file.subarray(0, at)]) {
      try {
        await replayProgram(readRecording(bytes))
      } catch (error) {
        assert.ok(error instanceof Error)
      }
    }
  }
})

fuzz.run()
