import { execFileSync } from 'node:child_process'

/** Runs `ip` with the words of a line. */
export function ip(line: string): string {
  return execFileSync('ip', line.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs many commands of `ip` in one process. */
export function ipBatch(netns: string, lines: readonly string[]): void {
  execFileSync('ip', ['-n', netns, '-batch', '-'], { input: lines.join('\n'), stdio: ['pipe', 'ignore', 'pipe'] })
}

const protocols: Record<string, number> = { static: 4, zebra: 11, bgp: 186 }
const scopes: Record<string, number> = { host: 254, link: 253 }
const flagBits: Record<string, number> = { onlink: 4 }

interface IpNexthop {
  readonly id: number
  readonly gateway?: string
  readonly dev?: string
  readonly scope?: string
  readonly protocol?: string
  readonly blackhole?: null
  readonly fdb?: null
  readonly flags: readonly string[]
  readonly group?: readonly { readonly id: number; readonly weight?: number }[]
}

/** What `ip -j nexthop` prints, in the names and numbers of our entries, by id, without the address family. */
export function ipNexthops(netns: string): Map<string, Record<string, unknown>> {
  const text = ip(`-n ${netns} -j nexthop`)
  const list: IpNexthop[] = text.trim() === '' ? [] : JSON.parse(text)
  return new Map(
    list.map(({ id, gateway, dev, scope, protocol, flags, group, ...marks }) => [
      String(id),
      {
        id,
        scope: scope === undefined ? 0 : scopes[scope],
        protocol: protocol === undefined ? 0 : (protocols[protocol] ?? Number(protocol)),
        flags: flags.reduce((bits, name) => bits | (flagBits[name] ?? 0), 0),
        ...(gateway === undefined ? {} : { gateway }),
        ...(dev === undefined ? {} : { oif: JSON.parse(ip(`-n ${netns} -j link show dev ${dev}`))[0].ifindex }),
        ...(marks.blackhole === undefined ? {} : { blackhole: true }),
        ...(marks.fdb === undefined ? {} : { fdb: true }),
        ...(group === undefined ? {} : { groupType: 0, group: group.map((member) => ({ weight: 1, ...member })) }),
      },
    ]),
  )
}

/** Entries of ours without the address family, which `ip` does not print. */
export function withoutFamily(entries: Iterable<[string, Record<string, unknown>]>): Map<string, object> {
  return new Map([...entries].map(([key, { family, ...entry }]) => [key, entry]))
}
