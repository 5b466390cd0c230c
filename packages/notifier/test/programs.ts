import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What starts a program in this runtime, as words. */
function starter(permissions: readonly string[]): readonly [string, ...string[]] {
  if ('Deno' in globalThis) return [process.execPath, 'run', '--no-prompt', ...permissions]
  return [process.execPath, ...('Bun' in globalThis ? [] : process.execArgv)]
}

/** Runs a program in this runtime; one that does not end is killed after two minutes. */
export async function runToEnd(
  file: URL,
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const [command, ...before] = starter(['-A'])
  const child = spawn(command, [...before, fileURLToPath(file), ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  try {
    const [code] = await once(child, 'close')
    return { code, output }
  } finally {
    clearTimeout(timer)
  }
}

/** A program that a README shows, and that runs as it stands there. */
export class ReadmeExample {
  readonly readme: string
  readonly #file: URL

  constructor(readme: URL, file: URL) {
    this.readme = readFileSync(readme, 'utf8')
    this.#file = file
  }

  get isShown(): boolean {
    return this.readme.includes(`\`\`\`js\n${readFileSync(this.#file, 'utf8')}\`\`\`\n`)
  }

  /** The lines that it prints, as the README says. */
  get printed(): string[] {
    return /```text\n([^`]+)```/.exec(this.readme)?.[1]?.trimEnd().split('\n') ?? []
  }

  /**
   * Runs it, on Deno with the permissions that the README names, and kills it in the end.
   * @param heard is called with each line; returns whether that was the last one to wait for
   * @returns the lines that it has printed
   */
  async run(words: readonly string[], heard: (line: string) => boolean | Promise<boolean>): Promise<string[]> {
    const [, run, needs] = /deno run ((?:--allow-\S+ )+)|Deno needs `([^`]+)`/.exec(this.readme) ?? []
    const permissions = run ?? needs
    if (permissions === undefined) throw new Error('the README does not say what Deno needs')
    const [command, ...before] = starter(permissions.trim().split(' '))
    const child = spawn(command, [...before, fileURLToPath(this.#file), ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line.trimEnd())
      if (await heard(line)) break
    }
    child.kill()
    await exited
    return lines
  }
}
