import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selfCommand } from './run-self.ts'

const native = fileURLToPath(new URL('../../native/', import.meta.url))
const addon = join(native, 'build/netlink.node')

/** A sanitizer of GCC, as `make sanitize=NAME` takes it, and the libraries that have to be there before the runtime. */
export type Sanitizer = 'address,undefined' | 'thread'

const libraries: Readonly<Record<Sanitizer, readonly string[]>> = {
  'address,undefined': ['libasan.so', 'libubsan.so'],
  thread: ['libtsan.so'],
}

/**
 * In a mount namespace of its own, where the addon is the instrumented one. The network namespace is that of the test: in another
 * one the sockets that Node makes for output could not be told from those of the addon.
 */
const prepare = 'set -e; mount --bind "$1" "$2"; ip nexthop flush >/dev/null; shift 2; exec "$@"'

/**
 * Whether a report of the thread sanitizer has a stack that ends in the addon, or in what the addon calls of the sanitizer. Others
 * are about V8 and libuv, which are not instrumented, though the addon may have called them.
 */
function hasAddonOnTop(report: string): boolean {
  return report.split(/\n\s*\n/).some((stack) => {
    const modules = [...stack.matchAll(/^ +#\d+ .*\((?:\S*\/)?([^/\s]+)\+0x[0-9a-f]+\)$/gm)].map(
      ([, name]) => name ?? '',
    )
    return modules.find((name) => !name.startsWith('libtsan')) === 'netlink.node'
  })
}

/** Programs that the file starts run without the libraries, which take a second to load. */
const forgetLibraries = ['--import', 'data:text/javascript,delete process.env.LD_PRELOAD']

export interface SanitizedRun {
  /** What the file printed, and how it ended if not well. */
  readonly output: string
  readonly succeeded: boolean
  /** Reports of the sanitizer, but for those that have no frame of the addon. */
  readonly reports: readonly string[]
}

/** The addon made with a sanitizer. */
export class SanitizedAddon {
  readonly #sanitizer: Sanitizer
  readonly #file: string
  readonly #preload: string
  readonly #prefix: readonly string[]

  /** Builds it, in some seconds. */
  constructor(sanitizer: Sanitizer) {
    this.#sanitizer = sanitizer
    execFileSync('make', ['-s', '-j', '2', '-C', native, `sanitize=${sanitizer}`, 'CXXFLAGS=-O0'], { stdio: 'pipe' })
    this.#file = join(native, 'build', sanitizer, 'netlink.node')
    const [compiler = '', ...words] = (process.env.CXX ?? 'c++').split(/\s+/)
    const locate = (name: string): string =>
      execFileSync(compiler, [...words, `-print-file-name=${name}`], { encoding: 'utf8' }).trim()
    this.#preload = libraries[sanitizer].map(locate).join(' ')
    // The thread sanitizer of older compilers does not cope with all addresses that newer kernels choose. Where a container
    // forbids to ask for others, it may have been lucky.
    const fixed = ['setarch', '-R']
    this.#prefix = spawnSync('setarch', ['-R', 'true']).status === 0 ? fixed : []
  }

  /** Runs a file on the runtime of this process. */
  run(file: URL, words: readonly string[] = []): SanitizedRun {
    const folder = mkdtempSync(join(tmpdir(), 'rtnl-sanitized-'))
    const log = `log_path=${join(folder, 'report')}`
    try {
      const [runtime = '', ...options] = [...selfCommand(), ...forgetLibraries, fileURLToPath(file)]
      const command = [...this.#prefix, 'env', `LD_PRELOAD=${this.#preload}`, runtime, ...options]
      const isolated = ['-m', '--propagation', 'private', 'sh', '-c', prepare, 'sh', this.#file, addon]
      const { status, stdout, stderr, error, signal } = spawnSync('unshare', [...isolated, ...command, ...words], {
        encoding: 'utf8',
        timeout: 240_000,
        killSignal: 'SIGKILL',
        env: {
          ...process.env,
          // Leaks are counted by the soak: the runtime frees nothing when it ends.
          ASAN_OPTIONS: `detect_leaks=0:${log}`,
          // Beside the address sanitizer it writes to stderr, whatever file it is given: the process has to end.
          UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
          // The runtime is not instrumented, so much of what it does looks like a race: reports are chosen below.
          TSAN_OPTIONS: `exitcode=0:report_signal_unsafe=0:history_size=4:${log}`,
        },
      })
      if (error !== undefined) throw error
      const end = status === 0 ? '' : `exit code ${status}, signal ${signal}`
      return { output: `${stdout}${stderr}${end}`, succeeded: status === 0, reports: this.#reportsIn(folder) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  /** Whether the file calls the sanitizer at all. */
  get isInstrumented(): boolean {
    const names = execFileSync('nm', ['-D', '--undefined-only', this.#file], { encoding: 'utf8' })
    return this.#sanitizer === 'thread'
      ? /__tsan_read/.test(names)
      : /__asan_report/.test(names) && /__ubsan_/.test(names)
  }

  #reportsIn(folder: string): string[] {
    const texts = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/^={10,}$/m))
    const isOurs = (text: string): boolean => this.#sanitizer !== 'thread' || hasAddonOnTop(text)
    return texts.filter((text) => text.trim() !== '' && isOurs(text))
  }
}
