import type { ChangeBatch, LiveTable } from '@rtnl/live-table'

/** What a reader needs of its schedule. */
export interface ReaderHost {
  readonly step: number
  log(line: string): void
  problem(text: string): void
  /** The errors with which a stream may end. */
  isExpected(error: unknown): boolean
}

/** Reads the changes of a table, at once or when the schedule says so, and folds them. */
export class Reader<Entry> {
  readonly name: string
  readonly table: LiveTable<Entry>
  readonly #host: ReaderHost
  readonly #textOf: (entry: Entry) => string
  readonly #stream: AsyncGenerator<ChangeBatch<Entry>, void, undefined>
  readonly #fold = new Map<string, string>()
  #isReading = false
  #ended = false
  /** The step of the last loss that no `resync` has followed yet. */
  #lossAt: number | undefined
  #resyncs = 0
  #losses = 0
  #synced = 0
  /** It takes each batch as soon as there is one. */
  isEager: boolean
  /** It was eager from the beginning. */
  readonly #wasEager: boolean

  constructor(
    name: string,
    table: LiveTable<Entry>,
    textOf: (entry: Entry) => string,
    isEager: boolean,
    signal: AbortSignal | undefined,
    host: ReaderHost,
  ) {
    this.name = name
    this.table = table
    this.#textOf = textOf
    this.#host = host
    this.isEager = isEager
    this.#wasEager = isEager
    this.#stream = table.changes({ signal })
    this.pull()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Entries as the changes say. */
  get texts(): string[] {
    return [...this.#fold.values()].sort()
  }

  /** Takes the next batch, if it does not wait for it already. */
  pull(): void {
    if (this.#isReading || this.#ended) return
    this.#isReading = true
    this.#stream.next().then(
      (result) => this.#took(result),
      (error: unknown) => this.#failed(error),
    )
  }

  /** Messages were lost: the reader has to be told. */
  lost(): void {
    if (this.#ended || this.table.state === 'closed') return
    this.#lossAt = this.#host.step
    this.#losses++
  }

  /** Ends the stream. */
  async end(): Promise<void> {
    await this.#stream.return()
    this.#ended = true
  }

  /** What is wrong at the end, when everything was read. */
  get wrong(): string | undefined {
    if (this.#synced !== 1) return `${this.name} was told ${this.#synced} times that it has everything`
    if (this.#losses > 0 && this.#resyncs === 0) return `${this.name} was not told of ${this.#losses} losses`
    if (this.#wasEager && this.#lossAt !== undefined)
      return `${this.name} was not told of the loss at step ${this.#lossAt}`
    return undefined
  }

  #took({ done, value }: IteratorResult<ChangeBatch<Entry>, void>): void {
    this.#isReading = false
    if (done === true || value === undefined) {
      this.#ended = true
      return
    }
    // A batch that it waited for when it was ended still comes.
    if (this.#ended) this.#host.problem(`${this.name}: a batch after its end`)
    if (value.event === 'synced') this.#synced++
    if (value.event === 'resync' && value.cause === 'resync') {
      if (value.reason === '') this.#host.problem(`${this.name}: a resync without a reason`)
      this.#resyncs++
      this.#lossAt = undefined
    }
    for (const { kind, key, entry, ...more } of value.changes) {
      const text = this.#textOf(entry)
      const known = this.#fold.get(key)
      const wrong = (what: string): void => this.#host.problem(`${this.name}: ${kind} ${text}: ${what}`)
      if (kind === 'added' && known !== undefined) wrong('it was there already')
      if (kind === 'removed' && known !== text) wrong(`it was ${known ?? 'not there'}`)
      if (kind === 'changed') {
        if (!('old' in more) || known !== this.#textOf(more.old as Entry)) wrong(`it was ${known ?? 'not there'}`)
        if (known === text) wrong('that is no change')
      }
      if (kind === 'removed') this.#fold.delete(key)
      else this.#fold.set(key, text)
    }
    this.#host.log(
      `${this.name}: ${value.event} ${value.cause} ${value.changes.map(({ kind, key }) => `${kind} ${key}`)}`,
    )
    if (this.isEager) this.pull()
  }

  #failed(error: unknown): void {
    this.#isReading = false
    this.#ended = true
    if (!this.#host.isExpected(error)) this.#host.problem(`${this.name} ended with ${String(error)}`)
  }
}
