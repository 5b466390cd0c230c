import type { ConnectionOptions, SocketPurpose, Transport, TransportFactory } from '@rtnl/netlink-core'
import { systemTransports } from '@rtnl/netlink-core/internal'
import { concatenated } from '../concatenated.ts'
import { interfaceDescription, packetLength, writePacket } from '../pcapng/encode.ts'
import { Remark, type RemarkWord } from '../remarks.ts'
import { socketDescription, socketName } from '../socket-name.ts'
import { sectionOfThisMachine } from './about.ts'
import { TurnClock } from './clock.ts'
import { RecordedSocket, type SocketLog } from './recorded-socket.ts'
import { RecordingFile, writeFile } from './recording-file.ts'
import { messageOfRemark } from './remark-message.ts'
import { Ring } from './ring.ts'
import type { Store } from './store.ts'

/** A recording in memory, of the latest bytes. */
export interface RingOptions {
  /** Bytes of memory for the latest messages: 64 KiB to 1 GiB. Default: 64 MiB. At least half of it is kept. */
  readonly limit?: number | undefined
  /**
   * Called each time that the oldest half of the ring has gone. Have the tables relist here (`LiveTable.resync`, one after the
   * other, those first on which others depend): a replay of a ring begins with what was dumped since.
   */
  readonly turned?: (() => void) | undefined
}

/** A recording in a file. */
export interface FileOptions {
  /** The file that is written as the recording goes on. It must not exist. */
  readonly file: string
}

/** Where a recording goes: to memory or to a file. */
export type RecorderOptions = RingOptions | FileOptions

/** What was recorded so far, whether it is still kept or not. */
export interface RecorderStats {
  /** Packets: what a socket sent or received at once, and remarks. */
  readonly packets: number
  /** Bytes of messages. */
  readonly bytes: number
  /** Times that messages were lost, on any socket. */
  readonly losses: number
}

const mebibyte = 1024 * 1024
const smallestRing = 64 * 1024
const largestRing = 1024 * mebibyte

/**
 * A flight recorder for netlink. It keeps the messages of all sockets of a connection as they are, with their time and
 * direction, and what happened to the sockets, as pcapng with the link type netlink: Wireshark and tshark read it, and `Replay`
 * feeds tables from it. It records from the opening of the connection on:
 * `Connection.open({ transports: recorder.transports({ netns }) })`.
 */
export class Recorder implements AsyncDisposable, Disposable {
  readonly #store: Store
  readonly #ring: Ring | undefined
  readonly #clock = new TurnClock()
  readonly #broken = new AbortController()
  /** Whether a socket has the interface with this number. */
  readonly #sockets: { readonly key: string; open: boolean }[] = []
  #packets = 0
  #bytes = 0
  #losses = 0
  #closed = false

  /**
   * @param options a ring in memory (the default), or a file
   * @throws {RangeError} no such limit
   * @throws what the system says of the file: it exists, no permission, no such folder
   */
  constructor(options: RecorderOptions = {}) {
    if ('file' in options) {
      this.#store = new RecordingFile(options.file, (error) => this.#broken.abort(error))
      this.#store.declare(sectionOfThisMachine())
      return
    }
    const { limit = 64 * mebibyte, turned = () => {} } = options
    if (!Number.isInteger(limit) || limit < smallestRing || limit > largestRing) {
      throw new RangeError(`limit is ${limit}, not a number of bytes between ${smallestRing} and ${largestRing}`)
    }
    this.#ring = new Ring(limit, turned)
    this.#store = this.#ring
    this.#store.declare(sectionOfThisMachine())
  }

  /** Aborts, with an error, when the file cannot be written any more. The connection goes on, and nothing more is recorded. */
  get broken(): AbortSignal {
    return this.#broken.signal
  }

  /** What was recorded, counted. */
  get stats(): RecorderStats {
    return { packets: this.#packets, bytes: this.#bytes, losses: this.#losses }
  }

  /**
   * The sockets of the system, recorded: for the option `transports` of `Connection.open`, `Notifier.open` and `open` of tables.
   * @throws {NetlinkError} no such namespace
   */
  transports(options: Omit<ConnectionOptions, 'transports'> = {}): TransportFactory {
    return this.record(systemTransports(options))
  }

  /** Other sockets, recorded: those of a fake kernel, or others that a program has. */
  record(transports: TransportFactory): TransportFactory {
    const open = (purpose: SocketPurpose): Transport => this.#open(transports, purpose)
    const { name } = transports
    return {
      name,
      open,
      watch: (gone) => transports.watch?.(gone) ?? (() => {}),
      close: () => transports.close(),
    }
  }

  /** Writes a remark of the program into the recording: that a table was resynced and why, what it was about to do. */
  note(text: string): void {
    const [first] = this.#sockets.keys()
    // A packet is of some socket, and there is none before the first is opened.
    if (first !== undefined) this.#remark(first, Remark.NOTE, text)
  }

  /**
   * Writes the ring to a new file. The recording goes on.
   * @throws {TypeError} the recorder writes a file already
   * @throws what the system says: the file exists, no permission, the disk is full; the file is not left behind then
   */
  write(file: string): void {
    if (this.#ring === undefined) throw new TypeError('this recorder has no ring: it writes a file already')
    writeFile(file, this.#ring.content())
  }

  /** The ring as the content of a file. */
  content(): Uint8Array {
    if (this.#ring === undefined) throw new TypeError('this recorder has no ring: it writes a file already')
    return concatenated(this.#ring.content())
  }

  /** Ends the recording, not the connection: close that first. A ring can still be written. Idempotent. */
  close(): void {
    this.#closed = true
    this.#store.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #open(transports: TransportFactory, purpose: SocketPurpose): Transport {
    const socket = transports.open(purpose)
    const place = this.#takePlace(transports.name, purpose)
    const log: SocketLog = {
      sent: (bytes) => this.#write(place, 'sent', bytes, undefined),
      received: (bytes, nsid) =>
        this.#write(place, 'received', bytes, nsid === undefined ? undefined : `${Remark.NAMESPACE}: ${nsid}`),
      remark: (word, text) => this.#remark(place, word, text),
      closed: () => {
        this.#sockets[place]!.open = false
      },
    }
    return new RecordedSocket(socket, log)
  }

  /** A number for a socket: that of one like it which was closed, or another one. */
  #takePlace(namespace: string, purpose: SocketPurpose): number {
    const key = `${purpose} ${namespace}`
    const free = this.#sockets.findIndex((socket) => socket.key === key && !socket.open)
    if (free !== -1) {
      this.#sockets[free]!.open = true
      return free
    }
    const order = this.#sockets.filter((socket) => socket.key === key).length + 1
    const place = this.#sockets.push({ key, open: true }) - 1
    this.#store.declare(interfaceDescription(socketName(purpose, order), socketDescription(namespace)))
    return place
  }

  #remark(place: number, word: RemarkWord, text: string): void {
    if (word === Remark.OVERRUN || word === Remark.TRUNCATED) this.#losses++
    const direction = word === Remark.REFUSED ? 'sent' : 'received'
    this.#put(place, direction, messageOfRemark(word), text === '' ? word : `${word}: ${text}`)
  }

  #write(socket: number, direction: 'sent' | 'received', messages: Uint8Array, comment: string | undefined): void {
    this.#bytes += messages.length
    this.#put(socket, direction, messages, comment)
  }

  #put(socket: number, direction: 'sent' | 'received', messages: Uint8Array, comment: string | undefined): void {
    if (this.#closed || this.#broken.signal.aborted) return
    const packet = { socket, time: this.#clock.now(), direction, messages, comment }
    this.#packets++
    this.#store.wrote(writePacket(this.#store.room(packetLength(packet)), packet))
  }
}
