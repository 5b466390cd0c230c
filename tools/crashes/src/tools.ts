import { execFileSync } from 'node:child_process'

/** What a tool says of an entry, as JSON. */
export type Told = Readonly<Record<string, unknown>>

/** Runs lines of `ip` and `bridge` in a namespace, in their order. */
export function run(netns: string, lines: readonly string[]): void {
  for (const line of lines) {
    const [tool = '', ...words] = line.split(' ')
    execFileSync(tool, ['-n', netns, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

/** What a tool tells as JSON, with numbers in place of names. */
export function told(netns: string, line: string): readonly Told[] {
  const [tool = '', ...words] = line.split(' ')
  const options = ['-n', netns, '-json', '-details', ...(tool === 'ip' ? ['-N'] : [])]
  const text = execFileSync(tool, [...options, ...words], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  return text.trim() === '' ? [] : JSON.parse(text)
}

/** The index of an interface. */
export function ifindex(netns: string, name: string): number {
  return Number(told(netns, `ip link show ${name}`)[0]?.ifindex ?? 0)
}

/** These fields of what a tool tells, in one order. */
export function textOf(entry: Told, fields: readonly string[]): string {
  return JSON.stringify(fields.flatMap((field) => (entry[field] === undefined ? [] : [[field, entry[field]]])))
}
