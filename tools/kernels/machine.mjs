import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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

/**
 * What the first process of the guest's root runs.
 * @param {readonly string[]} command
 * @param {{ cwd: string, env: Record<string, string> }} options
 */
function startScript(command, { cwd, env }) {
  return `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
for port in /sys/class/virtio-ports/*; do
  read -r name <"$port/name" && [ "$name" = output ] && exec </dev/null >"/dev/\${port##*/}" 2>&1
done
${Object.entries(env)
  .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  .join('')}cd ${quoted(cwd)}
( ${command.map(quoted).join(' ')} )
echo $? >/run/job/status
sync
echo o >/proc/sysrq-trigger
sleep 60
`
}

/**
 * Runs a command as root under a kernel: an emulator starts it over the root file system of this machine, which it cannot write:
 * what the command writes is gone when it ends.
 * @param {Image} image
 * @param {readonly string[]} command
 * @param {{ cwd: string, env?: Record<string, string>, timeout: number, kvm: boolean }} options `timeout` in seconds; `kvm`: whether the
 *   processors of this machine run the kernel; otherwise they are emulated, which works everywhere and is some ten times as slow
 * @returns {Promise<Ended>}
 */
export async function runInMachine(image, command, { cwd, env = {}, timeout, kvm }) {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-kernel-'))
  const job = join(folder, 'job')
  const consoleLog = join(folder, 'console')
  const outputLog = join(folder, 'output')
  try {
    mkdirSync(job)
    writeFileSync(join(job, 'start'), startScript(command, { cwd, env }))
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
      { stdio: ['ignore', 'ignore', 'pipe'], timeout: timeout * 1000, killSignal: 'SIGKILL' },
    )
    let complaints = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (complaints += text))
    /** @type {NodeJS.Signals | null} */
    const signal = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (_, how) => resolve(how))
    })
    const output = contentOf(outputLog)
    if (existsSync(join(job, 'status')))
      return { status: Number(readFileSync(join(job, 'status'), 'utf8')), output, problem: '' }
    const said = contentOf(consoleLog).split('\n').slice(-30).join('\n')
    const problem = signal === 'SIGKILL' ? `it did not end within ${timeout} s` : 'the machine ended before it'
    return { status: undefined, output, problem: [problem, complaints, said].filter((text) => text !== '').join('\n') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
