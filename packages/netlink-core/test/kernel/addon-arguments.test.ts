// runtimes: node deno bun
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadAddon } from '../../src/addon.ts'
import type { NativeConstants } from '../../src/transport/native-binding.ts'
import { countResources } from '../native/resources.ts'

const addon = suite('arguments of the addon')

const { Announcer, constants, IoThread, NetworkNamespace, Socket } = loadAddon()
const { readBytes, largestSize, Detail, Counter, SocketOption } = constants
const { SOL_SOCKET, SO_RCVBUF } = SocketOption

/** Converts itself into whatever is asked for, and notes that somebody asked. */
let conversions = 0
const convertible = {
  [Symbol.toPrimitive]: () => {
    conversions += 1
    return 0
  },
}

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('somebody looked')
    },
  },
)

/** None of these is a number, a string, a function, a typed array or a network namespace. */
const strangers: readonly unknown[] = [
  null,
  true,
  7n,
  Symbol('symbol'),
  {},
  [1],
  convertible,
  throwing,
  new Date(0),
  new ArrayBuffer(8),
  new DataView(new ArrayBuffer(8)),
]

const noIntegers: readonly number[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  -0.5,
  0.5,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  Number.MAX_VALUE,
]

interface Argument {
  readonly name: string
  readonly good: unknown
  /** Of another type. */
  readonly wrong: readonly unknown[]
  /** Of the right type, and out of range. */
  readonly outside: readonly unknown[]
}

const integer = (name: string, good: number, ...outside: readonly number[]): Argument => ({
  name,
  good,
  wrong: [...strangers, undefined, '7', () => 7, new Uint8Array(1)],
  outside: [...noIntegers, ...outside],
})

const int = (name: string, good: number): Argument => integer(name, good, 2 ** 31, 2 ** 32)

const array = (name: string, good: Uint8Array | Float64Array): Argument => ({
  name,
  good,
  wrong: [
    ...strangers,
    undefined,
    7,
    '7',
    () => 7,
    good instanceof Uint8Array ? new Float64Array(readBytes) : new Uint8Array(readBytes),
    new Uint8ClampedArray(readBytes),
    new Int8Array(readBytes),
  ],
  outside: [good.subarray(0, good.length - 1), detached(good)],
})

function detached(like: Uint8Array | Float64Array): Uint8Array | Float64Array {
  const array = like.slice()
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

const path: Argument = {
  name: 'path',
  good: '/proc/self/ns/net',
  wrong: [...strangers, undefined, 7, () => '/proc/self/ns/net'],
  outside: ['\0', '/proc/self/ns/net\0', '/proc/self/ns/net\0/x'],
}

const before = countResources()
const namespace = new NetworkNamespace('/proc/self/ns/net')
const socket = new Socket(0, undefined, 1024)

const netns: Argument = {
  name: 'netns',
  good: undefined,
  wrong: [...strangers, 7, -1, '/proc/self/ns/net', socket, Object.create(namespace), new Proxy(namespace, {})],
  outside: [],
}

const callback = (name: string): Argument => ({
  name,
  good: () => {},
  wrong: [...strangers, undefined, 7, '7'],
  outside: [],
})

const announcer = new Announcer(() => {})
const thread = new IoThread(announcer, false)

const urgent: Argument = {
  name: 'urgent',
  good: false,
  wrong: [...strangers.filter((stranger) => stranger !== true), undefined, 0, 1, 'true'],
  outside: [],
}

const object = (name: string, good: object): Argument => ({
  name,
  good,
  wrong: [...strangers, undefined, 7, '7', socket, Object.create(good), new Proxy(good, {})],
  outside: [],
})

type Call = (...given: unknown[]) => unknown

const constructing =
  (type: unknown): Call =>
  (...given) =>
    new (type as new (...given: unknown[]) => unknown)(...given)
const calling =
  (method: unknown, receiver: unknown): Call =>
  (...given) =>
    (method as Call).apply(receiver, given)

const level = int('level', SOL_SOCKET)
const option = int('option', SO_RCVBUF)
const token = integer('token', 1)

/** Every function that takes arguments, in their order. */
const functions: Readonly<Record<string, readonly [call: Call, ...Argument[]]>> = {
  'new Announcer': [constructing(Announcer), callback('ready')],
  'new IoThread': [constructing(IoThread), object('announcer', announcer), urgent],
  'new NetworkNamespace': [constructing(NetworkNamespace), path],
  'new Socket': [
    constructing(Socket),
    int('protocol', 0),
    netns,
    integer('pendingLimit', 1024, 0, largestSize + 1, 2 ** 31),
  ],
  setOption: [calling(socket.setOption, socket), level, option, int('value', 1024)],
  getOption: [calling(socket.getOption, socket), level, option],
  start: [calling(socket.start, socket), object('thread', thread), callback('readable')],
  moveTo: [calling(socket.moveTo, socket), object('thread', thread)],
  send: [calling(socket.send, socket), array('bytes', new Uint8Array(1)), token],
  sync: [calling(socket.sync, socket), token],
  read: [
    calling(socket.read, socket),
    array('target', new Uint8Array(readBytes)),
    array('details', new Float64Array(Detail.Count)),
  ],
  counters: [calling(socket.counters, socket), array('target', new Float64Array(Counter.Count))],
}

/** Those that take none. */
const plain: readonly string[] = ['expectDumps', 'ref', 'unref', 'close']

const isNamed =
  (type: unknown, name: string) =>
  (error: unknown): boolean =>
    error instanceof (type as ErrorConstructor) && error.message.startsWith(`${name} `)

addon('the table has every function', () => {
  const methods = Object.getOwnPropertyNames(Socket.prototype).filter((name) => name !== 'constructor')
  const known = Object.keys(functions).filter((name) => !name.startsWith('new '))
  assert.equal(methods.sort(), [...known, ...plain, 'portId'].sort())
  const others = Object.getOwnPropertyNames(NetworkNamespace.prototype).filter((name) => name !== 'constructor')
  assert.equal(others.sort(), ['close', 'path'])
  for (const type of [Announcer, IoThread]) assert.equal(Object.getOwnPropertyNames(type.prototype), ['constructor'])
  assert.equal(Object.keys(loadAddon()).sort(), ['Announcer', 'IoThread', 'NetworkNamespace', 'Socket', 'constants'])
})

for (const [title, [call, ...known]] of Object.entries(functions)) {
  addon(`${title}: what is no good is refused by the name of the argument, and not converted`, () => {
    for (const [index, { name, wrong, outside }] of known.entries()) {
      const withArgument = (value: unknown): unknown[] => known.map(({ good }, at) => (at === index ? value : good))
      for (const value of wrong) assert.throws(() => call(...withArgument(value)), isNamed(TypeError, name))
      for (const value of outside) assert.throws(() => call(...withArgument(value)), isNamed(RangeError, name))
    }
    assert.is(conversions, 0)
  })
}

addon('a method of one object is refused on any other', () => {
  const methods: readonly (readonly [string, unknown, unknown])[] = [
    ...[...Object.keys(functions), ...plain].flatMap((name) => {
      const method: unknown = Reflect.get(socket, name)
      return method === undefined ? [] : [[name, method, namespace] as const]
    }),
    ['close', namespace.close, socket],
    ['portId', Object.getOwnPropertyDescriptor(Socket.prototype, 'portId')?.get, namespace],
    ['path', Object.getOwnPropertyDescriptor(NetworkNamespace.prototype, 'path')?.get, socket],
  ]
  assert.is(methods.length, 8 + plain.length + 3)
  for (const [name, method, other] of methods) {
    const given = functions[name]?.slice(1).map((argument) => (argument as Argument).good) ?? []
    for (const receiver of [other, {}, Object.create(socket), new Proxy(socket, {}), null, undefined, 7, 'text']) {
      assert.throws(() => calling(method, receiver)(...given), TypeError, `${name} on ${typeof receiver}`)
    }
  }
})

addon('without `new` nothing is made', () => {
  for (const type of [Announcer, IoThread, NetworkNamespace, Socket]) {
    assert.throws(() => calling(type, undefined)(0, undefined, 1024))
    assert.throws(() => calling(type, {})(0, undefined, 1024))
  }
})

addon('a socket is started once, and moved between threads of one announcer', () => {
  const started = new Socket(0, undefined, 1024)
  assert.throws(() => started.moveTo(thread), /^not started$/)
  started.start(thread, () => {})
  started.unref()
  assert.throws(() => started.start(thread, () => {}), /^started already$/)
  assert.throws(() => started.moveTo(new IoThread(new Announcer(() => {}), false)), /^thread has another announcer$/)
  started.moveTo(new IoThread(announcer, false))
  started.close()
})

addon('after all that both still work, and after closing say so', () => {
  assert.ok(socket.portId > 0)
  new Socket(0, undefined, 1024).close()
  assert.match(namespace.path, /^\/proc\/self\/fd\/\d+$/)
  socket.close()
  socket.close()
  for (const name of ['setOption', 'getOption', 'start', 'moveTo', 'send', 'sync'] as const) {
    const [call, ...known] = functions[name] ?? []
    assert.throws(() => call?.(...known.map((argument) => (argument as Argument).good)), /^netlink socket is closed$/)
  }
  assert.throws(() => socket.expectDumps(), /^netlink socket is closed$/)
  namespace.close()
  assert.throws(() => new Socket(0, namespace, 1024), /^network namespace is closed$/)
  const { sockets, namespaces } = countResources()
  assert.equal([sockets, namespaces], [before.sockets, before.namespaces])
})

addon('the addon has the numbers that TypeScript knows by name, and no others', () => {
  const names: {
    readonly [Group in keyof NativeConstants]: NativeConstants[Group] extends number
      ? true
      : { readonly [Name in keyof NativeConstants[Group]]: true }
  } = {
    readBytes: true,
    largestSize: true,
    Kind: {
      None: true,
      Data: true,
      Overrun: true,
      Truncated: true,
      Sync: true,
      SendFailed: true,
      Failed: true,
      Empty: true,
    },
    Detail: { Length: true, Nsid: true, Errno: true, Token: true, Settled: true, Count: true },
    Counter: {
      Datagrams: true,
      Bytes: true,
      Overruns: true,
      Truncated: true,
      Foreign: true,
      Drops: true,
      Pending: true,
      Count: true,
    },
    SocketOption: {
      SOL_SOCKET: true,
      SO_SNDBUF: true,
      SO_RCVBUF: true,
      SO_RCVBUFFORCE: true,
      SOL_NETLINK: true,
      NETLINK_ADD_MEMBERSHIP: true,
      NETLINK_DROP_MEMBERSHIP: true,
      NETLINK_LISTEN_ALL_NSID: true,
      NETLINK_CAP_ACK: true,
      NETLINK_EXT_ACK: true,
      NETLINK_GET_STRICT_CHK: true,
    },
  }
  const shapeOf = (value: unknown): unknown =>
    typeof value === 'number'
      ? true
      : Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, shapeOf(inner)]))
  assert.equal(shapeOf(constants), names)
  assert.ok(Object.isFrozen(constants) && Object.isFrozen(constants.Kind))
})

addon.run()
