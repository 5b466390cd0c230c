import { clearTimeout, setTimeout } from 'node:timers'

/** Counts the calls that a program makes to its sockets. */
export class Calls {
  #count = 0
  #called: () => void = () => {}

  get count(): number {
    return this.#count
  }

  note(): void {
    this.#count++
    this.#called()
  }

  /** Waits for the next call. @returns whether it came within so many milliseconds */
  another(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(resolve, false), milliseconds)
      this.#called = () => {
        clearTimeout(timer)
        this.#settle(resolve, true)
      }
    })
  }

  #settle(resolve: (called: boolean) => void, called: boolean): void {
    this.#called = () => {}
    resolve(called)
  }
}
