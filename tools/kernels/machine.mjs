import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../lib/fetch.mjs'

/** @typedef {import('./image.mjs').Image} Image */

/**
 * How a command ended.
 * @typedef {object} Ended
 * @property {number | undefined} status its exit code; undefined if the machine ended before it
 * @property {string} output what it printed, standard error included
 * @property {string} problem why there is no status
 */

const KERNEL_WORDS = [
  'console=ttyS0',
  'quiet',
  // A machine that dies ends, and does not wait for somebody.
  'panic=-1',
  'oops=panic',
  // What costs time where processors are emulated.
  'mitigations=off',
  'nowatchdog',
  'init_on_alloc=0',
  'cgroup_disable=memory',
  'lsm=capability',
  'hardened_usercopy=off',
  'randomize_kstack_offset=off',
  'rcupdate.rcu_expedited=1',
  'no_timer_check',
  'tsc=reliable',
]

/** @param {string} word */
function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** @param {string} file */
function contentOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Programs that tests start again and again. */
const PROGRAMS = ['ip', 'bridge', 'node', 'sh', 'unshare', 'mount', 'readlink']

/**
 * The files of these programs and of their libraries, which are copied to the guest's memory: each opening of a file of the host
 * takes the emulator some milliseconds, and older kernels read such files four kilobytes at a time.
 * @returns {string[]}
 */
function filesOfPrograms() {
  const { stdout } = spawnSync(
    'sh',
    ['-c', 'for name; do file=$(command -v "$name") && echo "$file" && ldd "$file"; done', 'sh', ...PROGRAMS],
    {
      encoding: 'utf8',
    },
  )
  const paths = [...stdout.matchAll(/(?<=^|\s)\/\S+/gm)].map(([path]) => path)
  return [...new Set(paths.filter(existsSync).map((path) => realpathSync(path)))]
}

/**
 * What the first process of the guest's root runs.
 * @param {readonly string[]} command
 * @param {{ cwd: string }} options
 */
function startScript(command, { cwd }) {
  return `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
for port in /sys/class/virtio-ports/*; do
  read -r name <"$port/name" && [ "$name" = output ] && exec </dev/null >"/dev/\${port##*/}" 2>&1
done
cd ${quoted(cwd)}
tar -xf /run/job/programs.tar -b 1024 -C /
( ${command.map(quoted).join(' ')} )
echo $? >/run/job/status
sync
echo o >/proc/sysrq-trigger
sleep 60
`
}

/** How often the output is looked at, in milliseconds. */
const LOOK_MS = 1000

/**
 * Runs a command as root under a kernel: an emulator starts it over the root file system of this machine, which it cannot write:
 * what the command writes is gone when it ends.
 * @param {Image} image
 * @param {readonly string[]} command
 * @param {object} options
 * @param {string} options.cwd
 * @param {string} [options.input] what the command finds in the file /run/job/input
 * @param {number} options.silence in seconds: a machine that prints nothing for so long is ended
 * @param {boolean} options.kvm whether the processors of this machine run the kernel; otherwise they are emulated, which works
 *   everywhere and is some ten times as slow
 * @param {(line: string) => void} [options.onLine] is called for each line of the output, soon after it was printed
 * @returns {Promise<Ended>}
 */
export async function runInMachine(image, command, { cwd, input = '', silence, kvm, onLine = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-kernel-'))
  const job = join(folder, 'job')
  const consoleLog = join(folder, 'console')
  const outputLog = join(folder, 'output')
  try {
    mkdirSync(job)
    writeFileSync(join(job, 'start'), startScript(command, { cwd }))
    writeFileSync(join(job, 'input'), input)
    run('tar', ['-cf', join(job, 'programs.tar'), '-C', '/', ...filesOfPrograms().map((path) => path.slice(1))])
    writeFileSync(outputLog, '')
    const shares = [
      { tag: 'root', path: '/', more: ',readonly=on,multidevs=remap' },
      { tag: 'modules', path: image.modules, more: ',readonly=on' },
      { tag: 'job', path: job, more: '' },
    ].flatMap(({ tag, path, more }) => [
      '-fsdev',
      `local,id=${tag},path=${path},security_model=none${more}`,
      '-device',
      `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
    ])
    const processor = kvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off']
    const child = spawn(
      'qemu-system-x86_64',
      [
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-M', 'q35', ...processor],
        ...['-smp', '2', '-m', '3072', '-kernel', image.kernel, '-initrd', image.initrd],
        ...['-append', KERNEL_WORDS.join(' '), '-serial', `file:${consoleLog}`, ...shares],
        ...['-device', 'virtio-serial-pci', '-chardev', `file,id=output,path=${outputLog}`],
        ...['-device', 'virtserialport,chardev=output,name=output'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let complaints = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (complaints += text))
    const lines = new LinesOfFile(outputLog, onLine)
    let heard = Date.now()
    let wasSilent = false
    const looking = setInterval(() => {
      if (lines.look()) heard = Date.now()
      if (Date.now() - heard < silence * 1000) return
      wasSilent = true
      child.kill('SIGKILL')
    }, LOOK_MS)
    const end = () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
    process.once('exit', end)
    try {
      await new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', resolve)
      })
    } finally {
      clearInterval(looking)
      process.off('exit', end)
    }
    lines.look()
    const output = contentOf(outputLog)
    if (existsSync(join(job, 'status')))
      return { status: Number(readFileSync(join(job, 'status'), 'utf8')), output, problem: '' }
    const said = contentOf(consoleLog).split('\n').slice(-30).join('\n')
    const problem = wasSilent ? `the machine printed nothing for ${silence} s` : 'the machine ended before it'
    return { status: undefined, output, problem: [problem, complaints, said].filter((text) => text !== '').join('\n') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The lines of a file that grows. */
class LinesOfFile {
  /** @type {string} */
  #file
  /** @type {(line: string) => void} */
  #onLine
  #read = 0

  /** @param {string} file @param {(line: string) => void} onLine */
  constructor(file, onLine) {
    this.#file = file
    this.#onLine = onLine
  }

  /** @returns {boolean} whether there are new lines */
  look() {
    const content = readFileSync(this.#file)
    const end = content.lastIndexOf(10) + 1
    if (end <= this.#read) return false
    const text = content.toString('utf8', this.#read, end - 1)
    this.#read = end
    for (const line of text.split('\n')) this.#onLine(line.trimEnd())
    return true
  }
}
