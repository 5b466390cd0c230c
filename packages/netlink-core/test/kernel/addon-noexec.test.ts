// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtAddon, InstalledPackage } from '../native/installed-package.ts'
import { denoCommand } from '../native/run-self.ts'

const noexec = suite('addon on a file system without exec')

let folder: string
noexec.before(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'rtnl-noexec-')), 'a folder')
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'tmpfs', folder])
})
noexec.after(() => {
  execFileSync('umount', [folder])
  rmSync(join(folder, '..'), { recursive: true })
})

noexec('says where, and what to do', () => {
  const installed = new InstalledPackage(folder)
  installed.write(installed.prebuilt, builtAddon())
  assert.is(
    installed.open(),
    `UnsupportedError: the socket addon ${installed.prebuilt} lies on ${folder}, which is mounted noexec: ` +
      'install the package elsewhere, or mount with exec',
  )
  if (!('Deno' in globalThis)) return
  assert.match(
    installed.open({ command: denoCommand('--allow-ffi') }),
    /netlink\.node is forbidden to be code here, by a file system without exec or a security policy /,
  )
})

noexec.run()
