// runtimes: node
//
// Fails when a datagram costs the addon several times more work than it does. What the program executes is counted: it is the
// same in each run, whatever else the machine does. What the kernel does in system calls is not counted, but fewer datagrams
// for each call are more instructions too.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../native/compile.ts'

/** How many times the instructions of a loop around `recv()` the addon may execute for a datagram. It is 1.8. */
const limit = 2.5
/** A message of the kernel that acknowledges: its header, an error number, and the header of the request (netlink(7)). */
const bytes = 16 + 4 + 16
const few = 1000
const many = 5000

const native = fileURLToPath(new URL('../../native/', import.meta.url))
const sources = ['channel', 'descriptor', 'inbox', 'io_loop', 'ready_list', 'receiver']

let folder = ''
const instructions = suite('instructions for a datagram')

instructions.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-'))
  const receive = fileURLToPath(new URL('../native/receive.cc', import.meta.url))
  // One unit, as the addon is: the headers are most of what a compiler reads.
  const lines = [...sources.map((name) => `${native}${name}.cc`), receive].map((file) => `#include "${file}"\n`)
  compile(['-std=c++17', '-O2', '-pthread', '-I', native, '-o', join(folder, 'receive')], lines.join(''))
})
instructions.after(() => rmSync(folder, { recursive: true }))

/** Instructions that the program executes to receive so many datagrams, and to start and end. */
function count(way: 'addon' | 'loop', datagrams: number): number {
  const words = ['--tool=callgrind', '--callgrind-out-file=/dev/null', join(folder, 'receive'), way, `${datagrams}`]
  const { status, stdout, stderr, error } = spawnSync('valgrind', words, { encoding: 'utf8' })
  assert.is(error, undefined, 'valgrind cannot be started: install the package "valgrind"')
  assert.is(status, 0, stderr)
  assert.is(stdout, `${datagrams * bytes}\n`)
  return Number(/^==\d+== Collected : (\d+)$/m.exec(stderr)?.[1])
}

/** For one datagram, without start and end. */
const each = (way: 'addon' | 'loop'): number => (count(way, many) - count(way, few)) / (many - few)

instructions('are at most a few times those of a loop around recv()', () => {
  const [addon, loop] = [each('addon'), each('loop')]
  const text = `${addon.toFixed(0)} instructions, and ${loop.toFixed(0)} in the loop: ${limit} times as many are allowed`
  assert.ok(loop > 0 && addon > loop / 2 && addon < loop * limit, text)
})

instructions.run()
