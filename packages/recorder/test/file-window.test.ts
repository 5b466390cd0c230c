import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Connection } from '@rtnl/netlink-core'
import { FakeKernel } from '@rtnl/netlink-core/testing'
import { openRecording, Recorder, readRecording } from '@rtnl/recorder'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileWindow } from '../src/file-window.ts'
import { recordProgram, replayProgram } from './support/program.ts'

const file = suite('recordings in files')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-recording-'))

file.after(() => rmSync(folder, { recursive: true }))

/** Writes a file and gives its path. */
function written(...parts: readonly Uint8Array[]): string {
  const path = join(folder, 'recording.pcapng')
  writeFileSync(path, '')
  const descriptor = openSync(path, 'w')
  for (const part of parts) writeSync(descriptor, part)
  closeSync(descriptor)
  return path
}

file('a window gives the bytes of the file, and those that were given out stay', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) & 0xff)
  const path = written(bytes)
  for (const size of [1, 16, 100, 4096]) {
    using part = new FileWindow(path, size)
    assert.is(part.length, bytes.length)
    const places = [0, 3, 500, 990, 2, 0, 997]
    const parts = places.map((place) => part.at(place, 3 + (place % 7)))
    for (const [index, place] of places.entries()) {
      assert.equal([...parts[index]!], [...bytes.subarray(place, place + 3 + (place % 7))])
    }
  }
})

file('has the same events and problems as in memory, and replays to the same', async () => {
  const recorder = new Recorder()
  await recordProgram(recorder, async (kernel) => {
    kernel.addPair('a', 'b')
    kernel.overrun()
    kernel.setDown('a')
  })
  const content = recorder.content()
  for (const bytes of [content, content.subarray(0, -5)]) {
    const loaded = readRecording(bytes)
    const opened = openRecording(written(bytes))
    assert.equal(opened.problems, loaded.problems)
    assert.equal(opened.about, loaded.about)
    assert.equal([...opened.events], loaded.events)
    assert.equal([...opened.events], loaded.events, 'each time')
  }
  const fromMemory = await replayProgram(readRecording(content))
  const fromFile = await replayProgram(openRecording(written(content)))
  assert.equal(fromFile.batches, fromMemory.batches)
})

file('a large file does not have to be in memory', async () => {
  const [notes, times] = [1000, 12]
  const recorder = new Recorder()
  const connection = await Connection.open({ transports: recorder.record(new FakeKernel()) })
  for (let count = 0; count < notes; count++) recorder.note('x'.repeat(16 * 1024))
  connection.close()
  // Sections may follow each other in a file.
  const path = written(...Array.from({ length: times }, () => recorder.content()))
  const before = process.memoryUsage().rss
  let [events, peak] = [0, before]
  for (const _event of openRecording(path).events) {
    if (++events % 500 !== 0) continue
    // When a runtime frees what nobody holds is its own affair.
    ;(globalThis as { gc?: () => void }).gc?.()
    peak = Math.max(peak, process.memoryUsage().rss)
  }
  assert.is(events, times * (notes + 2))
  assert.ok(peak - before < 96 * 1024 * 1024, `${(peak - before) >> 20} MiB`)
})

file('there must be a file', () => {
  assert.throws(() => openRecording(join(folder, 'none')), /ENOENT|no such file/i)
})

file.run()
