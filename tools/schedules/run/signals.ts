/** What an aborted signal gives as its reason. */
export class Aborted extends Error {
  override readonly name = 'Aborted'

  constructor() {
    super('aborted by the schedule')
  }
}

/** The signals that the programs of a schedule give to the library, and who listens to them. */
export class Signals {
  readonly #controllers: {
    readonly controller: AbortController
    readonly listeners: Map<unknown, string | undefined>
  }[] = []
  readonly #traced: boolean

  constructor(traced: boolean) {
    this.#traced = traced
  }

  make(): AbortSignal {
    const controller = new AbortController()
    const { signal } = controller
    const listeners = new Map<unknown, string | undefined>()
    const add = signal.addEventListener.bind(signal) as (...parameters: unknown[]) => void
    const remove = signal.removeEventListener.bind(signal) as (...parameters: unknown[]) => void
    Object.assign(signal, {
      addEventListener: (...parameters: unknown[]) => {
        listeners.set(parameters[1], this.#traced ? new Error('listener').stack : undefined)
        add(...parameters)
      },
      removeEventListener: (...parameters: unknown[]) => {
        listeners.delete(parameters[1])
        remove(...parameters)
      },
    })
    this.#controllers.push({ controller, listeners })
    return signal
  }

  /** Signals that were not aborted. */
  get open(): AbortController[] {
    return this.#controllers.map(({ controller }) => controller).filter(({ signal }) => !signal.aborted)
  }

  /** Where listeners were added that nobody removed from a signal. */
  get left(): string[] {
    return this.#controllers.flatMap(({ controller, listeners }) =>
      controller.signal.aborted ? [] : [...listeners.values()].map((stack) => stack ?? 'a listener'),
    )
  }
}
