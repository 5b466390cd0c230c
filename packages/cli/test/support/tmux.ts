import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, folder } from './rtnl.ts'
import { eventually } from './watching.ts'

export interface TmuxOptions {
  readonly columns: number
  readonly rows: number
  readonly env?: Readonly<Record<string, string>>
}

/** One that leaves the settings of the terminal alone while it waits for a line. */
const shell = ['bash', '--norc', '--noediting']

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** A terminal in which a shell runs. */
export class Tmux {
  readonly #home = mkdtempSync(join(tmpdir(), 'rtnl-tmux-'))

  constructor({ columns, rows, env = {} }: TmuxOptions) {
    // A terminal that is not UTF-8 is one whose programs are told so.
    const settings = { LC_ALL: 'C.UTF-8', NO_COLOR: '', PS1: '$ ', ...env }
    const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#tmux('-u', '-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder, 'env', ...words, ...shell)
    // A shell that begins throws away what was typed before.
    for (let tries = 0; tries < 1000 && !this.screen.some((line) => line.startsWith('$')); tries++) pause(20)
  }

  /** Types a line. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line)
    this.keys('Enter')
  }

  /** Types `rtnl` with arguments. */
  rtnl(...args: readonly string[]): void {
    this.type([...command(), ...args].join(' '))
  }

  /** Presses keys, by the names that tmux gives them. */
  keys(...names: readonly string[]): void {
    for (const name of names) this.#tmux('send-keys', name)
  }

  /** The lines of the screen, without spaces at their ends. */
  get screen(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n').slice(0, -1)
  }

  /** The screen with its colours. */
  get painted(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Whether it is the other screen, which full-screen programs draw on; whether there is a cursor. */
  get state(): { readonly isOther: boolean; readonly hasCursor: boolean } {
    const [other, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ')
    return { isOther: other === '1', hasCursor: cursor === '1' }
  }

  /** Its settings, as `stty` has them. */
  get settings(): string {
    const device = this.#tmux('display-message', '-p', '#{pane_tty}').trim()
    return execFileSync('stty', ['-F', device, '-a'], { encoding: 'utf8' })
  }

  /** The program that the shell runs in the foreground. */
  get foreground(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim()
    const [child = ''] = execFileSync('ps', ['-o', 'tpgid=', '-p', shell], { encoding: 'utf8' }).trim().split(' ')
    return Number(child)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** Waits until the screen is as wanted. */
  async until(wanted: (lines: readonly string[]) => boolean): Promise<string[]> {
    let seen: string[] = []
    try {
      await eventually(() => {
        seen = this.screen
        return wanted(seen)
      })
    } catch (error) {
      throw new Error(`the screen is:\n${seen.join('\n')}`, { cause: error })
    }
    return seen
  }

  close(): void {
    try {
      this.#tmux('kill-server')
    } catch {
      // The shell has ended, and the server with it.
    }
    rmSync(this.#home, { recursive: true, force: true })
  }

  #tmux(...words: readonly string[]): string {
    return execFileSync('tmux', ['-S', join(this.#home, 'socket'), ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}
