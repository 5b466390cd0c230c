import { loadAddon } from '../addon.ts'
import type { NativeAnnouncer, NativeIoThread } from './native-binding.ts'
import type { SocketPurpose } from './transport.ts'
import { Turns } from './turns.ts'

/** The turns of all sockets of this environment: a thread of JavaScript. */
export const turns = new Turns()

let announcer: NativeAnnouncer | undefined
const threads = new Map<SocketPurpose, NativeIoThread>()

/**
 * The thread that all sockets for this purpose share, so that a thousand namespaces need no more threads than one. It runs
 * while one of them is open. There are three, since the kernel does its work inside system calls of the thread: it carries
 * out a request in `send()`, where it waits for a lock that changes in all namespaces take, and reads the next part of a dump
 * in `recvmmsg()`. Neither may delay notifications, whose queue overflows; and requests must not wait behind dumps. More
 * threads for one purpose would gain nothing: changes take that lock in turn, and one thread dumps faster than JavaScript
 * reads.
 */
export function sharedIoThread(purpose: SocketPurpose): NativeIoThread {
  let thread = threads.get(purpose)
  if (thread === undefined) {
    // Only notifications are lost when nobody receives them.
    thread = newIoThread(purpose === 'notification')
    threads.set(purpose, thread)
  }
  return thread
}

/** A thread for one socket, which has to do what would delay others. */
export function newIoThread(urgent = false): NativeIoThread {
  const { Announcer, IoThread } = loadAddon()
  announcer ??= new Announcer((readables) => {
    for (const readable of readables) readable()
    turns.begin()
  })
  return new IoThread(announcer, urgent)
}
