import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineText } from '../src/line-module.ts'
import { InterfaceNames } from '../src/tables/interface-names.ts'
import { neighborModule } from '../src/tables/neighbor.ts'

const text = suite('text of neighbours')
const names = new InterfaceNames([
  [3, 'v0', 1],
  [11, 'g0', 778],
  [12, 'g6', 823],
  [13, 'i0', 768],
  [14, 's0', 776],
  [15, 'i6', 769],
])
const of4 = 'c0:00:02:09'
const of16 = 'fd:00:00:00:00:00:00:00:00:00:00:00:00:00:00:09'
const plain = { family: 2, ifindex: 3, state: 0x80, flags: 0, type: 1, lladdr: '02:00:00:00:00:02' }
const lladdr = 'lladdr 02:00:00:00:00:02'

// The expected lines are what `ip neigh show nud all` of iproute2 6.1 printed for these, less the spaces at the end; the
// last flag is newer than it.
const cases: [line: string, entry: Parameters<typeof neighborModule.words>[0]][] = [
  [`10.0.0.2 dev v0 ${lladdr} PERMANENT`, { ...plain, dst: '10.0.0.2' }],
  [
    `10.0.0.3 dev v0 ${lladdr} extern_learn REACHABLE proto bgp`,
    { ...plain, dst: '10.0.0.3', state: 2, flags: 0x10, protocol: 186 },
  ],
  [`fd00::3 dev v0 ${lladdr} router STALE`, { ...plain, family: 10, dst: 'fd00::3', state: 4, flags: 0x80 }],
  [`10.0.0.4 dev v0 ${lladdr} NOARP`, { ...plain, dst: '10.0.0.4', state: 0x40 }],
  ['10.0.0.5 dev v0', { family: 2, ifindex: 3, state: 0, flags: 0, type: 1, dst: '10.0.0.5' }],
  ['10.0.0.6 dev v0 FAILED', { family: 2, ifindex: 3, state: 0x20, flags: 0, type: 1, dst: '10.0.0.6' }],
  [
    '10.0.0.7 dev v0 managed INCOMPLETE',
    { family: 2, ifindex: 3, state: 1, flags: 0, type: 1, dst: '10.0.0.7', flagsExt: 1 },
  ],
  [`10.0.0.8 dev v0 ${lladdr} PROBE`, { ...plain, dst: '10.0.0.8', state: 0x10 }],
  [`10.0.0.9 dev if9 ${lladdr} DELAY`, { ...plain, ifindex: 9, dst: '10.0.0.9', state: 8 }],
  [
    `10.0.0.10 dev v0 ${lladdr} proxy offload NOARP,PERMANENT`,
    { ...plain, dst: '10.0.0.10', state: 0xc0, flags: 0x28 },
  ],
  [`10.0.0.11 dev v0 ${lladdr} extern_valid PERMANENT`, { ...plain, dst: '10.0.0.11', flagsExt: 4 }],
  // Of these Linux 6.12, with tunnels of each type.
  ['10.9.0.2 dev g0 lladdr 192.0.2.9 PERMANENT', { ...plain, ifindex: 11, dst: '10.9.0.2', lladdr: of4 }],
  ['10.9.0.3 dev g6 lladdr fd00::9 PERMANENT', { ...plain, ifindex: 12, dst: '10.9.0.3', lladdr: of16 }],
  ['10.9.0.4 dev i0 lladdr 192.0.2.9 PERMANENT', { ...plain, ifindex: 13, dst: '10.9.0.4', lladdr: of4 }],
  ['10.9.0.5 dev i6 lladdr fd00::9 PERMANENT', { ...plain, ifindex: 15, dst: '10.9.0.5', lladdr: of16 }],
  ['10.9.0.6 dev s0 lladdr 192.0.2.9 PERMANENT', { ...plain, ifindex: 14, dst: '10.9.0.6', lladdr: of4 }],
  // As many bytes on an interface of another type.
  [`10.9.0.7 dev v0 lladdr ${of4} PERMANENT`, { ...plain, dst: '10.9.0.7', lladdr: of4 }],
]

for (const [line, entry] of cases) text(line, () => assert.is(lineText(neighborModule, entry, names), line))

text.run()
