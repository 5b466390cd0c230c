import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeBuffer } from '../src/doctor/checks/buffer.ts'
import { faultsOfNames } from '../src/doctor/checks/names.ts'
import { judgeNeighbors } from '../src/doctor/checks/neighbors.ts'
import { judgePrograms } from '../src/doctor/checks/owners.ts'
import { judgeRuntime } from '../src/doctor/checks/runtime.ts'
import { parseSockets } from '../src/doctor/netlink-sockets.ts'

const doctor = suite('what the doctor makes of what it finds')

doctor('a runtime that is too old is red', () => {
  const node = { name: 'Node.js', least: 20, home: 'https://nodejs.org' }
  assert.is(judgeRuntime({ ...node, version: '20.0.0' }, 9).level, 'green')
  const { level, text, todo } = judgeRuntime({ ...node, version: '18.20.4' }, 9)
  assert.equal([level, todo], ['red', 'get a newer one (https://nodejs.org)'])
  assert.match(text, /on Node\.js 18\.20\.4, Node-API 9: Node\.js 20 or newer is needed$/)
  assert.is(judgeRuntime({ ...node, version: '20.0.0' }, 7).level, 'red')
})

doctor('a buffer that is limited is yellow, with how much fits', () => {
  // Twice the default of net.core.rmem_max, 212,992.
  const { level, text, todo } = judgeBuffer(425_984, 212_992)
  assert.is(level, 'yellow')
  assert.match(text, /^416 KiB granted of 64 MiB asked for: room for 513 small notifications; limited .* is 212992/)
  assert.match(todo ?? '', /^sysctl -w net\.core\.rmem_max=33554432 /)
  assert.is(judgeBuffer(64 * 1024 * 1024, 212_992).level, 'green')
})

doctor('a table of neighbours that is full is red, and one that is nearly so yellow', () => {
  const levelOf = (neighbors: number): string => judgeNeighbors('ipv4', neighbors, [128, 512, 1024]).level
  assert.equal([0, 819, 820, 1023, 1024].map(levelOf), ['green', 'green', 'yellow', 'yellow', 'red'])
  assert.match(judgeNeighbors('ipv6', 5, [Number.NaN, Number.NaN, Number.NaN]).text, /settings of the host/)
})

doctor('systemd-networkd is worth a word', () => {
  const zebra = { pid: 5, name: 'zebra' }
  assert.is(judgePrograms([zebra]).level, 'green')
  const { level, text, todo } = judgePrograms([zebra, { pid: 6, name: 'systemd-network' }])
  assert.is(level, 'yellow')
  assert.match(text, /zebra \(process 5\), systemd-network \(process 6\)\. systemd-networkd removes/)
  assert.match(todo ?? '', /ManageForeignRoutes=no/)
})

doctor('the sockets of rtnetlink are found in the table of the kernel', () => {
  // Lines of /proc/net/netlink on Linux 6.18.44.
  const text = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000fa9bdf62 0   3907013023 80000001 0        0        0     2        12       4858984 
00000000a58b97f8 0   21084      00000000 0        0        0     2        0        4858980 
00000000df163c19 0   0          00000000 0        0        0     2        0        4       
000000002ab4d4c8 4   0          00000000 0        0        0     2        0        474     
`
  assert.equal(parseSockets(text), [
    { portId: 3907013023, drops: 12, inode: '4858984' },
    { portId: 21084, drops: 0, inode: '4858980' },
  ])
})

doctor('a line of a file of names is a number and a name, or a comment', () => {
  const text = '\n# a\n 1 a\n0x2\tb # c\nx\n3\n4 5\n300 c\n'
  assert.equal(faultsOfNames(text, 255), [
    { line: 5, text: '"x" does not begin with a number' },
    { line: 6, text: '"3" has no name' },
    { line: 7, text: '"4 5" has a number for a name' },
    { line: 8, text: '"300 c" has a number beyond 255' },
  ])
})

doctor.run()
