import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineText } from '../src/line-module.ts'
import { fdbModule } from '../src/tables/fdb.ts'
import { InterfaceNames } from '../src/tables/interface-names.ts'

const text = suite('text of forwarding entries')
const names = new InterfaceNames([
  [3, 'v0'],
  [6, 'br0'],
  [7, 'vx'],
  [12, 'x0'],
])
const mac = '02:00:00:00:01:01'
const port = { family: 7, ifindex: 12, state: 0x40, flags: 0, type: 0, lladdr: mac, master: 6, flagsExt: 0 }
const vxlan = { family: 7, ifindex: 7, state: 0x80, flags: 2, type: 1, lladdr: mac }

// The expected lines are what `bridge fdb` of iproute2 6.1 printed for these, less the spaces at the end; it does not know
// `locked`.
const cases: [line: string, entry: Parameters<typeof fdbModule.words>[0]][] = [
  [`${mac} dev x0 master br0 static`, port],
  [`${mac} dev x0 master br0 permanent`, { ...port, state: 0x80 }],
  [`${mac} dev x0 vlan 10 master br0`, { ...port, state: 2, vlan: 10 }],
  [`${mac} dev x0 extern_learn master br0`, { ...port, state: 2, flags: 0x10 }],
  [`${mac} dev x0 sticky master br0 static`, { ...port, flags: 0x40 }],
  [`${mac} dev x0 master br0 stale`, { ...port, state: 4 }],
  [`${mac} dev x0 offload locked master br0`, { ...port, state: 2, flags: 0x20, flagsExt: 2 }],
  [`${mac} dev x0 master br0 state=0x20`, { ...port, state: 0x20 }],
  [
    `${mac} dev vx dst 10.0.0.2 port 4790 vni 5 via v0 self permanent`,
    { ...vxlan, dst: '10.0.0.2', port: 4790, vni: 5, viaIfindex: 3 },
  ],
  [`${mac} dev vx nhid 101 self static`, { ...vxlan, state: 0x42, nhId: 101 }],
  [`${mac} dev vx dst 10.0.0.4 vni 8 src_vni 7 self permanent`, { ...vxlan, dst: '10.0.0.4', vni: 8, srcVni: 7 }],
  [
    `${mac} dev vx dst fd00::7 src_vni 7 self router extern_learn`,
    { ...vxlan, state: 2, flags: 0x92, dst: 'fd00::7', srcVni: 7 },
  ],
  [`${mac} dev if9 self permanent`, { ...vxlan, ifindex: 9 }],
]

for (const [line, entry] of cases) text(line, () => assert.is(lineText(fdbModule, entry, names), line))

text.run()
