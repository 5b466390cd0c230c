import { readNames } from './name-file.ts'
import { NumberNames } from './number-names.ts'

/**
 * Names that an administrator may add to: those of iproute2, and what its files say on this machine. The files are read
 * when a name is first asked for.
 */
function configured(file: string, most: number, known: Readonly<Record<string, number>>): NumberNames {
  let entries: (readonly [number, string])[] | undefined
  return new NumberNames(() => {
    entries ??= [...Object.entries(known).map(([name, number]) => [number, name] as const), ...readNames(file, most)]
    return entries
  })
}

/** Who made an entry (`RTPROT_*`); `rt_protos`. */
export const routingProtocols: NumberNames = configured('rt_protos', 0xff, {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
})

/** Routing tables (`RT_TABLE_*`); `rt_tables`. */
export const routingTables: NumberNames = configured('rt_tables', 0xffffffff, {
  unspec: 0,
  default: 253,
  main: 254,
  local: 255,
})

/** How far a destination is (`RT_SCOPE_*`); `rt_scopes`. */
export const routeScopes: NumberNames = configured('rt_scopes', 0xff, {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
})

/** One of the two realms of a route; `rt_realms`. */
export const realms: NumberNames = configured('rt_realms', 0xff, { cosmos: 0 })

/** Types of service, of which RFC 2474, 2597 and 3246 name some; `rt_dsfield`. */
export const typesOfService: NumberNames = configured('rt_dsfield', 0xff, {
  default: 0,
  AF11: 0x28,
  AF12: 0x30,
  AF13: 0x38,
  AF21: 0x48,
  AF22: 0x50,
  AF23: 0x58,
  AF31: 0x68,
  AF32: 0x70,
  AF33: 0x78,
  AF41: 0x88,
  AF42: 0x90,
  AF43: 0x98,
  CS1: 0x20,
  CS2: 0x40,
  CS3: 0x60,
  CS4: 0x80,
  CS5: 0xa0,
  CS6: 0xc0,
  CS7: 0xe0,
  EF: 0xb8,
})

/** Groups of interfaces (`IFLA_GROUP`); `group`. */
export const linkGroups: NumberNames = configured('group', 0xffffffff, { default: 0 })
