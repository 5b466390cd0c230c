import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OpenRequests } from '../src/replay/open-requests.ts'
import { ReplaySocket } from '../src/replay/replay-socket.ts'
import type { SocketName } from '../src/socket-name.ts'

const requests = suite('open requests of a replay')

const socket = (): ReplaySocket => new ReplaySocket({ asked() {}, called() {} }, 'dump', 1)
const head = (key: string, seq: number, isDump = true) => ({ key, seq, isDump, type: 18 })
const recorded: SocketName = { purpose: 'dump', namespace: 'netns a' }

requests('a recorded request answers the oldest of the program that is the same', () => {
  const open = new OpenRequests()
  const [first, second] = [
    { socket: socket(), request: head('a', 1) },
    { socket: socket(), request: head('a', 2) },
  ]
  open.add(first)
  open.add(second)
  assert.is(open.match(recorded, head('b', 70)), false)
  assert.is(open.match(recorded, head('a', 71)), true)
  assert.is(open.answeredBy(recorded, 71), first)
  assert.is(open.answeredBy(recorded, 72), undefined)
  assert.equal(open.socketsOf(recorded), [first.socket])
  open.answered(recorded, 71)
  assert.equal(open.answering, [])
  assert.is(open.match(recorded, head('a', 72)), true)
  assert.is(open.answeredBy(recorded, 72), second)
})

requests('what a socket had not answered when it was given up waits again', () => {
  const open = new OpenRequests()
  const waiting = { socket: socket(), request: head('a', 1) }
  open.add(waiting)
  open.match(recorded, head('a', 71))
  open.giveUp(recorded)
  assert.is(open.answeredBy(recorded, 71), undefined)
  assert.is(open.match(recorded, head('a', 80)), true)
  assert.is(open.answeredBy(recorded, 80), waiting)
})

requests('nobody answers a socket that is closed', () => {
  const open = new OpenRequests()
  const [gone, there] = [socket(), socket()]
  open.add({ socket: gone, request: head('a', 1) })
  open.add({ socket: there, request: head('a', 2) })
  open.add({ socket: there, request: head('b', 3, false) })
  gone.close()
  assert.is(open.match(recorded, head('a', 71)), true)
  assert.is(open.answeredBy(recorded, 71)?.request.seq, 2)
  assert.equal(
    open.take(({ isDump }) => !isDump).map(({ request }) => request.seq),
    [3],
  )
  assert.is(open.isAny, true)
  assert.equal(open.takeAnswering().length, 1)
  assert.is(open.isAny, false)
})

requests.run()
