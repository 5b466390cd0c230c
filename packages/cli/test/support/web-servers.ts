import type { ChildProcess } from 'node:child_process'
import * as assert from 'uvu/assert'
import { start } from './rtnl.ts'
import { eventually } from './watching.ts'

/** Processes of `rtnl web`. */
export class WebServers {
  readonly #children: ChildProcess[] = []

  /** Starts one. @returns where it serves */
  async serve(...args: readonly string[]): Promise<string> {
    const child = start(['web', ...args])
    this.#children.push(child)
    let text = ''
    let complaints = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      complaints += chunk
    })
    await eventually(() => text.endsWith('\n') || child.exitCode !== null)
    assert.is(complaints, '')
    return text.trim()
  }

  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}
