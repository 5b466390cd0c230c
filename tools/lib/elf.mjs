import { readFileSync } from 'node:fs'

// ELF, 64 bits, little endian: the names are those of elf.h.
const SHT_SYMTAB = 2
const SHT_DYNAMIC = 6
const SHT_DYNSYM = 11
const SHT_GNU_VERDEF = 0x6ffffffd
const SHT_GNU_VERNEED = 0x6ffffffe
const SHT_GNU_VERSYM = 0x6fffffff
const PT_LOAD = 1
const PT_GNU_STACK = 0x6474e551
const PT_GNU_RELRO = 0x6474e552
const PF_X = 1
const PF_W = 2
const DT_NEEDED = 1
const DT_RPATH = 15
const DT_TEXTREL = 22
const DT_RUNPATH = 29
const DT_FLAGS = 30
const DF_TEXTREL = 4
const DF_BIND_NOW = 8
const STB_WEAK = 2
const VERSYM_INDEX = 0x7fff

/** `e_machine`, by the names that Node has for architectures. @type {ReadonlyMap<number, string>} */
const ARCHITECTURES = new Map([
  [62, 'x64'],
  [183, 'arm64'],
])

/** @typedef {{ name: string, defined: boolean, weak: boolean, version: string | undefined }} DynamicSymbol */

/**
 * @typedef {object} ElfFile
 * @property {string} architecture as Node names it, or the number of the machine
 * @property {string[]} needed the libraries that it asks for
 * @property {DynamicSymbol[]} symbols what it takes from others, and gives to them
 * @property {boolean} versioned whether any of its names has a version
 * @property {boolean} stripped whether its other symbols are gone
 * @property {boolean} searchPath whether it says where libraries are to be looked for
 * @property {boolean} executableStack
 * @property {boolean} writableCode a segment that is both, or code that is changed when it is loaded
 * @property {boolean} relro
 * @property {boolean} bindNow
 */

/**
 * Reads what there is to know of a shared object.
 * @param {string} file
 * @returns {ElfFile}
 * @throws {Error} if it is none, or for another word size
 */
export function readElf(file) {
  const bytes = readFileSync(file)
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) throw new Error(`${file}: no ELF file`)
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error(`${file}: not of 64 bits, little endian`)
  /** @param {number} at */
  const word = (at) => Number(bytes.readBigUInt64LE(at))
  const machine = bytes.readUInt16LE(18)

  const sections = rows(word(40), bytes.readUInt16LE(58), bytes.readUInt16LE(60)).map((at) => ({
    type: bytes.readUInt32LE(at + 4),
    offset: word(at + 24),
    size: word(at + 32),
    link: bytes.readUInt32LE(at + 40),
  }))
  const segments = rows(word(32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)).map((at) => ({
    type: bytes.readUInt32LE(at),
    flags: bytes.readUInt32LE(at + 4),
  }))
  /** @param {number} type */
  const section = (type) => sections.find((one) => one.type === type)
  /** @param {number} index of a section of texts @param {number} at */
  const text = (index, at) => {
    const start = (sections[index]?.offset ?? 0) + at
    return bytes.toString('latin1', start, bytes.indexOf(0, start))
  }

  const dynamic = section(SHT_DYNAMIC)
  const tags = rows(dynamic?.offset ?? 0, 16, (dynamic?.size ?? 0) / 16).map((at) => ({
    tag: word(at),
    value: word(at + 8),
  }))
  /** @param {number} tag */
  const has = (tag) => tags.some((one) => one.tag === tag)
  const flags = tags.find(({ tag }) => tag === DT_FLAGS)?.value ?? 0

  const versionNames = definedVersions(bytes, section(SHT_GNU_VERDEF), text)
  const versionIndices = section(SHT_GNU_VERSYM)
  const table = section(SHT_DYNSYM)
  const symbols = rows(table?.offset ?? 0, 24, (table?.size ?? 0) / 24)
    .map((at, index) => {
      const version = versionIndices && bytes.readUInt16LE(versionIndices.offset + 2 * index) & VERSYM_INDEX
      return {
        name: text(table?.link ?? 0, bytes.readUInt32LE(at)),
        defined: bytes.readUInt16LE(at + 6) !== 0,
        weak: (bytes[at + 4] ?? 0) >> 4 === STB_WEAK,
        version: version === undefined ? undefined : versionNames.get(version),
      }
    })
    .filter(({ name }) => name !== '')

  return {
    architecture: ARCHITECTURES.get(machine) ?? `machine ${machine}`,
    needed: tags.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => text(dynamic?.link ?? 0, value)),
    symbols,
    versioned: [SHT_GNU_VERDEF, SHT_GNU_VERNEED, SHT_GNU_VERSYM].some((type) => section(type) !== undefined),
    stripped: section(SHT_SYMTAB) === undefined,
    searchPath: has(DT_RPATH) || has(DT_RUNPATH),
    // Without the segment the kernel makes the stack executable.
    executableStack: segments.every(({ type, flags }) => type !== PT_GNU_STACK || (flags & PF_X) !== 0),
    writableCode:
      has(DT_TEXTREL) ||
      (flags & DF_TEXTREL) !== 0 ||
      segments.some(({ type, flags }) => type === PT_LOAD && (flags & PF_W) !== 0 && (flags & PF_X) !== 0),
    relro: segments.some(({ type }) => type === PT_GNU_RELRO),
    bindNow: (flags & DF_BIND_NOW) !== 0,
  }
}

/**
 * Where the entries of a table begin.
 * @param {number} start
 * @param {number} size of an entry
 * @param {number} count
 * @returns {number[]}
 */
function rows(start, size, count) {
  return Array.from({ length: count }, (_, index) => start + index * size)
}

/**
 * The names of the versions that a library has, by number.
 * @param {Buffer} bytes
 * @param {{ offset: number, link: number } | undefined} section
 * @param {(section: number, at: number) => string} text
 * @returns {Map<number, string>}
 */
function definedVersions(bytes, section, text) {
  /** @type {Map<number, string>} */
  const names = new Map()
  if (section === undefined) return names
  for (let at = section.offset, next = 1; next !== 0; at += next) {
    const first = at + bytes.readUInt32LE(at + 12)
    names.set(bytes.readUInt16LE(at + 4), text(section.link, bytes.readUInt32LE(first)))
    next = bytes.readUInt32LE(at + 16)
  }
  return names
}

/**
 * For each name that a library of glibc has, the version that it came with.
 * @param {ElfFile} library
 * @returns {Map<string, number[]>} 2.17 as [2, 17]
 */
export function oldestVersions(library) {
  /** @type {Map<string, number[]>} */
  const oldest = new Map()
  for (const { name, defined, version } of library.symbols) {
    const numbers = /^GLIBC_([\d.]+)$/
      .exec(version ?? '')?.[1]
      ?.split('.')
      .map(Number)
    if (!defined || numbers === undefined) continue
    const known = oldest.get(name)
    if (known === undefined || compareVersions(numbers, known) < 0) oldest.set(name, numbers)
  }
  return oldest
}

/**
 * @param {readonly number[]} one
 * @param {readonly number[]} other
 * @returns {number} below 0 if `one` is older
 */
export function compareVersions(one, other) {
  const length = Math.max(one.length, other.length)
  for (let index = 0; index < length; index += 1) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
