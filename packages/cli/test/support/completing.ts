import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import { command, folder } from './rtnl.ts'
import { eventually } from './watching.ts'

/** A shell on a terminal of its own, in which `rtnl` is a command, and where keys are typed. */
export class TypingShell {
  readonly #home = mkdtempSync(join(tmpdir(), 'rtnl-completion-'))
  readonly #child: ChildProcess
  #screen = ''

  /** @param line starts the shell */
  constructor(line: string) {
    const program = join(this.#home, 'rtnl')
    writeFileSync(
      program,
      `#!/bin/sh\ncd '${folder}' && exec ${command()
        .map((word) => `'${word}'`)
        .join(' ')} "$@"\n`,
    )
    chmodSync(program, 0o755)
    // Without it fish makes completions of all manual pages first.
    mkdirSync(join(this.#home, '.local/share/fish/generated_completions'), { recursive: true })
    this.#child = spawn('script', ['-qefc', `stty cols 200; ${line}`, '/dev/null'], {
      cwd: this.#home,
      env: {
        ...process.env,
        PATH: `${this.#home}:${process.env.PATH}`,
        HOME: this.#home,
        // Bash writes it when its terminal is gone, into a folder that is being removed.
        HISTFILE: '/dev/null',
        TERM: 'xterm',
        LC_ALL: 'C.UTF-8',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#screen += chunk
    })
  }

  /** Types keys, and waits until the screen has a text since. Programs that move the cursor break texts. */
  async type(keys: string, wanted: RegExp): Promise<void> {
    const from = this.#screen.length
    this.#child.stdin?.write(keys)
    const isThere = (): boolean => wanted.test(textOf(this.#screen.slice(from)))
    await eventually(isThere).catch((error) => {
      throw new Error(`no ${wanted} in ${JSON.stringify(textOf(this.#screen.slice(from)))}`, { cause: error })
    })
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** What is on a screen, without colours and the moves of the cursor. */
function textOf(screen: string): string {
  return stripVTControlCharacters(screen).replaceAll('\b', '')
}
