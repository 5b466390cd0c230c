// runtimes: node
// timeout: 900
//
// Every function of the C library that the addon calls fails once at each place where it is called. What comes of it is an error
// that names it, or nothing: never a crash, a wait without end, a descriptor or a thread that is left.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAddon } from '../../src/addon.ts'
import { NetlinkError } from '../../src/errors.ts'
import { openNetns } from '../../src/netns.ts'
import type { NativeError, NativeNamespace } from '../../src/transport/native-binding.ts'
import { NativeTransport, type NativeTransportOptions } from '../../src/transport/native-transport.ts'
import { buildFailingAddon, calledFunctions, type FailingBinding, wrappedFunctions } from '../native/failing-addon.ts'
import { concatenate, dumpNexthops, headersIn, MessageType, RTNLGRP_NEXTHOP, setNexthop } from '../native/messages.ts'
import { countResources, countResourcesUntil, type Resources, waitingThreads } from '../native/resources.ts'

const { errno } = constants
type Code = keyof typeof errno

/**
 * What may come of a failure.
 * - `error`: an error with this `errno`; the addon's own names the call
 * - `complete`: everything happens as if it had not failed
 * - `overrun`: the handler is told that messages were lost
 */
type Outcome = 'error' | 'complete' | 'overrun'

interface Injection {
  readonly codes: readonly Code[]
  readonly outcomes: readonly Outcome[]
}

const injections: Readonly<Record<string, Injection>> = {
  bind: { codes: ['EADDRINUSE', 'ENOMEM', 'EPERM'], outcomes: ['error'] },
  close: { codes: ['EIO', 'EINTR'], outcomes: ['complete'] },
  epoll_create1: { codes: ['EMFILE', 'ENFILE', 'ENOMEM'], outcomes: ['error', 'complete'] },
  epoll_ctl: { codes: ['ENOMEM', 'ENOSPC'], outcomes: ['error', 'complete'] },
  epoll_wait: { codes: ['EINTR'], outcomes: ['complete'] },
  eventfd: { codes: ['EMFILE', 'ENFILE', 'ENOMEM'], outcomes: ['error', 'complete'] },
  getpriority: { codes: ['EPERM'], outcomes: ['complete'] },
  getsockname: { codes: ['ENOBUFS'], outcomes: ['error'] },
  getsockopt: { codes: ['ENOBUFS', 'EPERM'], outcomes: ['error', 'complete'] },
  ioctl: { codes: ['ENOTTY', 'EPERM'], outcomes: ['error'] },
  madvise: { codes: ['EINVAL', 'ENOMEM'], outcomes: ['complete'] },
  malloc: { codes: ['ENOMEM'], outcomes: ['error', 'complete'] },
  mmap: { codes: ['ENOMEM'], outcomes: ['error', 'complete'] },
  open: { codes: ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES'], outcomes: ['error'] },
  ppoll: { codes: ['EINTR', 'ENOMEM'], outcomes: ['complete'] },
  pthread_attr_setstacksize: { codes: ['EINVAL'], outcomes: ['complete'] },
  pthread_create: { codes: ['EAGAIN', 'EPERM'], outcomes: ['error', 'complete'] },
  pthread_setname_np: { codes: ['ERANGE'], outcomes: ['complete'] },
  recvfrom: { codes: ['ENOMEM'], outcomes: ['error'] },
  recvmmsg: { codes: ['ENOMEM', 'EIO', 'EBADF'], outcomes: ['error'] },
  send: { codes: ['ENOBUFS', 'ENOMEM', 'EPERM', 'EAGAIN'], outcomes: ['error'] },
  setns: { codes: ['EPERM', 'ENOMEM', 'EINVAL'], outcomes: ['error'] },
  setpriority: { codes: ['EACCES'], outcomes: ['complete'] },
  setsockopt: { codes: ['ENOBUFS', 'ENOMEM', 'EPERM'], outcomes: ['error', 'complete'] },
  socket: { codes: ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EPERM', 'EAFNOSUPPORT'], outcomes: ['error'] },
}

/** What is tried again, or is no failure of the call. */
const others: Readonly<Record<string, Injection>> = {
  open: { codes: ['EINTR'], outcomes: ['complete'] },
  recvfrom: { codes: ['EINTR', 'ENOBUFS', 'EAGAIN'], outcomes: ['complete'] },
  recvmmsg: { codes: ['EINTR'], outcomes: ['complete'] },
  send: { codes: ['EINTR'], outcomes: ['complete'] },
}

/** An overrun that the kernel reports. */
const overruns: Readonly<Record<string, Injection>> = { recvmmsg: { codes: ['ENOBUFS'], outcomes: ['overrun'] } }

/** Of what JavaScript's thread calls too, and more often. */
const elsewhere: Readonly<Record<string, Injection>> = {
  malloc: { codes: ['ENOMEM'], outcomes: ['error', 'complete'] },
  getsockopt: { codes: ['ENOBUFS'], outcomes: ['complete'] },
  epoll_ctl: { codes: ['ENOMEM'], outcomes: ['error', 'complete'] },
}

/** Functions that are not made to fail, and why. */
const infallible: Readonly<Record<string, string>> = {
  eventfd_write: 'fails when the counter is full: after 2^64 calls',
  memcpy: 'no system call',
  memmove: 'no system call',
  memset: 'no system call',
  munmap: 'fails where a mapping is cut in two, and these are given back whole',
  pthread_attr_destroy: 'returns 0 in glibc and musl',
  pthread_attr_init: 'returns 0 in glibc and musl',
  pthread_join: 'fails for a thread that is none, or the own one',
  pthread_mutex_lock: 'fails for other kinds of mutexes',
  pthread_mutex_unlock: 'fails for other kinds of mutexes',
  pthread_sigmask: 'fails for a first argument that is none',
  sigfillset: 'no system call',
  strcmp: 'no system call',
  strlen: 'no system call',
}

const failing = suite('system calls that fail')

const addonFile = fileURLToPath(new URL('../../native/build/netlink.node', import.meta.url))
let folder = ''
let binding: FailingBinding
/** What is open while nothing is used. */
let idle: Resources

failing.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-failing-'))
  // In the mount namespace of this test alone.
  execFileSync('mount', ['--bind', buildFailingAddon(folder), addonFile])
  binding = loadAddon() as FailingBinding
  // Its output may be sockets.
  const { sockets } = countResources()
  // The runtime opens what it keeps.
  for (let round = 0; round < 3; round++) assert.is((await attempt()).outcome, 'complete')
  idle = await countResourcesUntil((now) => now.sockets === sockets && now.namespaces + now.threads === 0)
  assert.equal([idle.sockets, idle.namespaces, idle.threads], [sockets, 0, 0])
})
failing.after(() => rmSync(folder, { recursive: true }))

/** So many that the thread for notifications is behind, which makes it go before others: 1000 (`kBehind`). */
const changes = 1200
const batches = 12
const batch = concatenate(Array.from({ length: changes / batches }, (_, index) => setNexthop(index + 1, index + 1)))
const seconds = 60 * Number(process.env.RTNL_TEST_SLOW ?? 1)

/** Uses everything that the addon has, once: changes are made, heard by another socket, and dumped by a third. */
class Exercise {
  readonly #open: NativeTransport[] = []
  #lost = false
  #over = false
  #heard = 0
  #acks = 0
  #dumps = 0
  #fences = 0

  /** Rejects with the first error. */
  async run(): Promise<Outcome> {
    const netns = openNetns('/proc/self/ns/net')
    const ending = new AbortController()
    try {
      await new Promise<void>((resolve, reject) => {
        const failed = (error: Error): void => {
          this.#over = true
          reject(error)
        }
        this.#begin(netns, resolve, failed)
        delay(seconds * 1000, undefined, { signal: ending.signal }).then(
          () => failed(new Error(`nothing has happened for ${seconds} s`)),
          () => {},
        )
      })
      for (const transport of this.#open) transport.stats()
      return this.#lost ? 'overrun' : 'complete'
    } finally {
      this.#over = true
      ending.abort()
      for (const transport of this.#open) transport.close()
      netns.close()
    }
  }

  #begin(netns: NativeNamespace, done: () => void, failed: (error: Error) => void): void {
    const progress = (): void => {
      const [heard, acks, dumps, fences] = [this.#heard, this.#acks, this.#dumps, this.#fences]
      if (heard >= changes && acks >= changes && dumps > 0 && fences === 2) done()
    }
    const open = (options: NativeTransportOptions): NativeTransport => {
      const transport = NativeTransport.open(options)
      this.#open.push(transport)
      return transport
    }
    const start = (transport: NativeTransport, count: (bytes: Uint8Array) => void): void => {
      const data = (bytes: Uint8Array): void => {
        count(bytes)
        progress()
      }
      const overrun = (): void => {
        this.#lost = true
      }
      transport.start({ data, overrun, failed })
    }
    const [listener, dumper, changer] = [
      open({ netns }),
      open({ purpose: 'dump', dumps: true }),
      open({ purpose: 'request' }),
    ]
    listener.join(RTNLGRP_NEXTHOP)
    start(dumper, (bytes) => {
      this.#dumps += headersIn(bytes).filter(({ type }) => type === MessageType.DONE).length
    })
    start(changer, (bytes) => {
      this.#acks += headersIn(bytes).length
    })
    const fence = (): void => {
      this.#fences++
      progress()
    }
    const listen = (): void => {
      fence()
      if (this.#over) return
      start(listener, (bytes) => {
        this.#heard += headersIn(bytes).length
      })
      listener.sync(fence)
    }
    for (let count = 0; count < batches; count++) {
      changer.bulk(count % 2 === 0)
      changer.send(batch, failed)
    }
    changer.bulk(false)
    dumper.send(dumpNexthops(1), failed)
    changer.sync(() => {
      try {
        listen()
      } catch (error) {
        failed(error as Error)
      }
    })
  }
}

async function attempt(): Promise<{ outcome: Outcome; error?: unknown }> {
  try {
    return { outcome: await new Exercise().run() }
  } catch (error) {
    return { outcome: 'error', error }
  }
}

/** All of the first calls, and then ever fewer. */
const following = (place: number): number => (place < 50 ? place + 1 : Math.ceil(place * 1.2))

async function failEverywhere(
  name: string,
  { codes, outcomes }: Injection,
  threads: 'all threads' | 'I/O threads',
): Promise<void> {
  for (const code of codes) {
    let places = 0
    let vain = 0
    for (let place = 0; ; ) {
      const what = `${name}, call ${place + 1}: ${code}`
      binding.inject(name, place, errno[code], threads === 'I/O threads')
      const { outcome, error } = await attempt()
      if (!binding.injected()) {
        // Whether the thread has to wait, or to hurry, depends on time.
        if (places > 0 || vain++ === 100) break
        continue
      }
      places++
      place = following(place)
      assert.ok(outcomes.includes(outcome), `${what}: ${outcome}, ${error}`)
      if (outcome === 'error') assertNames(what, name, code, error)
      // The runtime has no reason to open something.
      const left = await countResourcesUntil((now) => now.threads === 0 && now.descriptors <= idle.descriptors)
      const waiting = `threads wait in ${waitingThreads()}`
      assert.equal({ ...left, descriptors: 0 }, { ...idle, descriptors: 0 }, `${what}: is left; ${waiting}`)
      assert.ok(left.descriptors <= idle.descriptors, `${what}: ${left.descriptors} descriptors of ${idle.descriptors}`)
    }
    assert.ok(places > 0, `${name} was not called`)
    assert.is((await attempt()).outcome, 'complete', `after ${name} failed with ${code}`)
  }
}

function assertNames(what: string, name: string, code: Code, error: unknown): void {
  // Where it is the library for C++ modules that has no memory for the object itself.
  if (name === 'malloc' && error instanceof Error && error.message === 'std::bad_alloc') return
  if (!(error instanceof NetlinkError)) throw new Error(`${what}: ${error}`, { cause: error })
  // "no network namespace" is said for this one.
  assert.is(error.errno, name === 'ioctl' ? errno.EINVAL : errno[code], what)
  const { syscall } = (error.cause ?? {}) as Partial<NativeError>
  if (syscall !== undefined) assert.is(syscall, name === 'mmap' ? 'malloc' : name, what)
}

failing('every function that the addon calls is among them, or there is a reason', () => {
  const called = calledFunctions()
  assert.equal(called, [...new Set([...called, ...Object.keys(infallible)])].sort(), 'what is excused and not called')
  assert.equal(
    called.filter((name) => infallible[name] === undefined && injections[name] === undefined),
    [],
    'functions without an injection',
  )
  assert.equal([...wrappedFunctions].sort(), Object.keys(injections).sort())
})

for (const [title, list, threads] of [
  ['fails', injections, 'all threads'],
  ['fails in an I/O thread', elsewhere, 'I/O threads'],
  ['is interrupted and tried again', others, 'all threads'],
  ['reports an overrun', overruns, 'all threads'],
] as const) {
  for (const [name, injection] of Object.entries(list)) {
    failing(`${name} ${title}`, () => failEverywhere(name, injection, threads))
  }
}

failing.run()
