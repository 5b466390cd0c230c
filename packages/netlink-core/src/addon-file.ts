import { isGranted } from './environment.ts'
import { fileSystem } from './file-system.ts'

/** The header of a 64-bit file (elf.h, `Elf64_Ehdr`): offsets of what is looked at. */
const Elf = {
  HeaderBytes: 64,
  Class: 4,
  Data: 5,
  Machine: 18,
  SectionOffset: 40,
  SectionBytes: 58,
  SectionCount: 60,
} as const
const ELF_MAGIC = 0x7f454c46
const CLASS_64 = 2
const LITTLE_ENDIAN = 1

/** `e_machine` of the architectures that there are prebuilt addons for, by `process.arch`. */
const machines = new Map([
  ['x64', 62],
  ['arm64', 183],
])

export function fileExists(file: string): boolean {
  return fileSystem().existsSync(file)
}

/**
 * What is wrong with a file before it is loaded, or `undefined`. The system's loader does not look at the length: a file that
 * is cut short kills the process as soon as the missing part is touched.
 */
export function checkAddonFile(file: string): string | undefined {
  const { closeSync, fstatSync, openSync, readSync } = fileSystem()
  const header = Buffer.alloc(Elf.HeaderBytes)
  let size: number
  let read: number
  try {
    const descriptor = openSync(file, 'r')
    try {
      size = fstatSync(descriptor).size
      read = readSync(descriptor, header)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // Loading says why. It can also work, with a file inside the program that Bun makes of a bundle.
    return undefined
  }
  if (read < Elf.HeaderBytes) return `is cut short after ${size} bytes`
  if (header.readUInt32BE(0) !== ELF_MAGIC) return 'is no ELF file'
  const machine = machines.get(process.arch)
  // Without a prebuilt one for this architecture it was built here, and what its header looks like is not known.
  if (machine === undefined) return undefined
  const is64 = header[Elf.Class] === CLASS_64 && header[Elf.Data] === LITTLE_ENDIAN
  const found = header.readUInt16LE(Elf.Machine)
  if (!is64 || found !== machine) {
    const name = [...machines].find(([, number]) => is64 && number === found)?.[0] ?? `machine ${found} of elf.h`
    return `is for ${name}, and this is ${process.arch}`
  }
  // The table of sections is what a file ends with.
  const sections = header.readUInt16LE(Elf.SectionBytes) * header.readUInt16LE(Elf.SectionCount)
  const whole = Number(header.readBigUInt64LE(Elf.SectionOffset)) + sections
  return size < whole ? `is cut short: ${size} of ${whole} bytes` : undefined
}

/**
 * Why a file was not loaded, and what to do, as the end of a sentence that begins with the file's name; `undefined` if it
 * is not there.
 */
export function explainLoadFailure(file: string, cause: unknown, remedy: string): string | undefined {
  const text = firstLine(cause)
  const { name, code } = cause as { readonly name?: string; readonly code?: string }
  if (name === 'NotCapable') return 'may not be loaded: Deno needs --allow-ffi'
  if (code === 'ERR_DLOPEN_DISABLED') {
    return 'may not be loaded: beside --permission Node needs --allow-addons, and it must not be started with --no-addons'
  }
  // glibc and musl begin with the name of what they miss, which can be a library that the file needs.
  if (/No such file/.test(text) && text.includes(file) && !/needed by/.test(text)) return undefined
  if (/failed to map segment|Operation not permitted/.test(text)) {
    const mount = noexecMount(file)
    return mount === undefined
      ? `is forbidden to be code here, by a file system without exec or a security policy (${text}): install the package elsewhere`
      : `lies on ${mount}, which is mounted noexec: install the package elsewhere, or mount with exec`
  }
  if (/GLIBC|CXXABI|libc\.|ld-linux|ld-musl|undefined symbol|symbol not found/.test(text)) {
    return `was built for another C library (${text}): ${remedy}`
  }
  return `does not load (${text}): ${remedy}`
}

/** The mount point that a file lies on if it is mounted noexec. */
function noexecMount(file: string): string | undefined {
  const mounts = '/proc/self/mountinfo'
  if (!isGranted({ name: 'read', path: mounts }) || !isGranted({ name: 'read', path: file })) return undefined
  const { readFileSync, realpathSync } = fileSystem()
  try {
    const path = realpathSync(file)
    // proc_pid_mountinfo(5): the fifth field is the mount point, with blanks as octal numbers, the sixth its options.
    const lines = readFileSync(mounts, 'utf8').split('\n')
    const points = lines
      .map((line) => line.split(' '))
      .map(([, , , , point = '', options = '']) => {
        const folder = point.replace(/\\([0-7]{3})/g, (_, digits: string) =>
          String.fromCharCode(Number.parseInt(digits, 8)),
        )
        return { folder, noexec: options.split(',').includes('noexec') }
      })
    const holding = points.filter(
      ({ folder }) => folder !== '' && path.startsWith(folder.endsWith('/') ? folder : `${folder}/`),
    )
    // Of several on one point the last one covers the others.
    const mount = holding.reduce((best, next) => (next.folder.length >= best.folder.length ? next : best), {
      folder: '',
      noexec: false,
    })
    return mount.noexec ? mount.folder : undefined
  } catch {
    // It is a hint only.
    return undefined
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
