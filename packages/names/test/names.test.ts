import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flagNames, nexthopFlags, routerPreferences, routeTypes, routingProtocols, typesOfService } from '@rtnl/names'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseNames, readNames } from '../src/name-file.ts'
import { NumberNames } from '../src/number-names.ts'

const test = suite('names')

test('of numbers, and numbers of names', () => {
  assert.is(routingProtocols.nameOf(186), 'bgp')
  assert.is(routingProtocols.numberOf('bgp'), 186)
  assert.is(routingProtocols.nameOf(201), '201')
  assert.is(routingProtocols.numberOf('201'), undefined)
  assert.is(routingProtocols.numberOf('toString'), undefined)
  assert.is(routeTypes.numberOf('blackhole'), 6)
  assert.is(routerPreferences.nameOf(3), 'low')
  assert.is(typesOfService.numberOf('EF'), 0xb8)
  assert.is(routingProtocols.entries().get(186), 'bgp')
  assert.equal(flagNames(21, nexthopFlags), ['dead', 'onlink', 'linkdown'])
})

test('of two names for a number the later is shown, and both are known', () => {
  const names = new NumberNames(() => [
    [186, 'bgp'],
    [186, 'frr'],
  ])
  assert.is(names.nameOf(186), 'frr')
  assert.is(names.numberOf('bgp'), 186)
  assert.is(names.numberOf('frr'), 186)
})

test('of two numbers with a name it is the one that ip takes', () => {
  // As `ip rule add table NAME` and `ip route add proto static` take them with such files.
  const names = new NumberNames(() => [
    [4, 'static'],
    [300, 'dup'],
    [45, 'dup'],
    [301, 'dup'],
    [260, 'four'],
    [4, 'four'],
    [516, 'four'],
    [4, 'static'],
    [196, 'static'],
    [7, 'moved'],
    [7, 'other'],
    [9, 'moved'],
  ])
  assert.equal(
    ['dup', 'four', 'static', 'moved', 'other'].map((name) => names.numberOf(name)),
    [300, 516, 4, 9, 7],
  )
})

test('a file is read as iproute2 reads it, but for lines that say nothing', () => {
  const text = '# comment\n\n  7 \t blue # ours\n0x1F\tred\r\n12\nname 3\n-1 less\n256 more\n9 10\n9 0x10\n\0\n8 green'
  assert.equal(parseNames(text, 255), [
    [7, 'blue'],
    [31, 'red'],
    [8, 'green'],
  ])
})

test('any bytes are a file', () => {
  const byte = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...new TextEncoder().encode('0x19af#\t \n')) },
    fc.nat(255),
  )
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 200 }), (bytes) => {
      const text = new TextDecoder().decode(Uint8Array.from(bytes))
      for (const [number, name] of parseNames(text, 255)) {
        assert.ok(number >= 0 && number <= 255)
        assert.not.match(name, /\s/)
      }
    }),
  )
})

function withFolders(body: (folders: readonly string[]) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'names-'))
  const folders = ['usr', 'etc'].map((name) => join(root, name))
  for (const folder of folders) mkdirSync(join(folder, 'rt_tables.d'), { recursive: true })
  try {
    body(folders)
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('files of an administrator take the place of those that came with iproute2', () => {
  withFolders(([usr = '', etc = '']) => {
    writeFileSync(join(usr, 'rt_tables'), '1 old\n2 two\n')
    writeFileSync(join(usr, 'rt_tables.d/a.conf'), '3 three\n')
    writeFileSync(join(usr, 'rt_tables.d/b.conf'), '4 four\n')
    assert.equal(readNames('rt_tables', 255, [usr, etc]), [
      [1, 'old'],
      [2, 'two'],
      [3, 'three'],
      [4, 'four'],
    ])
    writeFileSync(join(etc, 'rt_tables'), '1 new\n')
    writeFileSync(join(etc, 'rt_tables.d/b.conf'), '4 quattro\n')
    writeFileSync(join(etc, 'rt_tables.d/README'), '5 five\n')
    assert.equal(readNames('rt_tables', 255, [usr, etc]), [
      [1, 'new'],
      [3, 'three'],
      [4, 'quattro'],
    ])
  })
})

test('what is not there or is no file has no names', () => {
  withFolders(([usr = '', etc = '']) => {
    assert.equal(readNames('rt_tables', 255, [usr, etc, '/nowhere']), [])
    execFileSync('mkfifo', [join(usr, 'rt_tables'), join(usr, 'rt_tables.d/pipe.conf')])
    mkdirSync(join(etc, 'rt_tables.d/folder.conf'))
    assert.equal(readNames('rt_tables', 255, [usr, etc]), [])
  })
})

test.run()
