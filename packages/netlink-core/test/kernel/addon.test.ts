// runtimes: node deno bun
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../native/compile.ts'
import { builtAddon, InstalledPackage } from '../native/installed-package.ts'
import { denoCommand } from '../native/run-self.ts'

const addon = suite('addon')

const isDeno = 'Deno' in globalThis
const isBun = 'Bun' in globalThis

let installed: InstalledPackage
let tools: string
addon.before.each(() => {
  installed = new InstalledPackage()
  tools = mkdtempSync(join(tmpdir(), 'rtnl-addon-'))
})
addon.after.each(() => {
  installed.remove()
  rmSync(tools, { recursive: true })
})

addon('the prebuilt one is taken', () => {
  installed.write(installed.prebuilt, builtAddon())
  assert.is(installed.open(), 'opened')
})

addon('the one that was built here is taken before it', () => {
  installed.write(installed.prebuilt, builtAddon())
  installed.write(installed.built, Buffer.from('#!/bin/sh\n'.repeat(10)))
  assert.is(
    installed.open(),
    `UnsupportedError: the socket addon ${installed.built} is no ELF file: run \`${installed.buildCommand}\` again`,
  )
  installed.write(installed.built, builtAddon())
  rmSync(installed.prebuilt)
  assert.is(installed.open(), 'opened')
})

addon('on other systems the import works, and opening says that netlink is of Linux', () => {
  for (const system of ['darwin', 'win32']) {
    assert.is(
      installed.open({ system: [system] }),
      `UnsupportedError: netlink sockets exist on Linux only, this is ${system}`,
    )
  }
})

addon('an architecture without a prebuilt one: how to build it', () => {
  installed.write(installed.prebuilt, builtAddon())
  assert.is(
    installed.open({ system: ['linux', 'riscv64'] }),
    `UnsupportedError: there is no prebuilt socket addon for linux-riscv64: build it with \`${installed.buildCommand}\`, ` +
      'for which make and a C++ compiler are needed',
  )
})

addon('an architecture without a prebuilt one: the one that was built is taken', () => {
  installed.write(installed.built, builtAddon())
  assert.is(installed.open({ system: ['linux', 'riscv64'] }), 'opened')
})

addon('none at all', () => {
  assert.is(
    installed.open(),
    `UnsupportedError: the socket addon ${installed.prebuilt} is not there: install @rtnl/netlink-core again, ` +
      `build it with \`${installed.buildCommand}\`, or put its folder prebuilds beside your bundle`,
  )
})

addon('a file that was cut short is not loaded: it would kill the process', () => {
  const whole = builtAddon()
  for (const [length, problem] of [
    [0, 'is cut short after 0 bytes'],
    [63, 'is cut short after 63 bytes'],
    [8192, `is cut short: 8192 of ${whole.length} bytes`],
    [whole.length - 1, `is cut short: ${whole.length - 1} of ${whole.length} bytes`],
  ] as const) {
    installed.write(installed.prebuilt, whole.subarray(0, length))
    assert.is(
      installed.open(),
      `UnsupportedError: the socket addon ${installed.prebuilt} ${problem}: install @rtnl/netlink-core again`,
    )
  }
})

addon('a page of a proxy instead of the file', () => {
  installed.write(installed.prebuilt, Buffer.from(`<!DOCTYPE html>${' '.repeat(100)}`))
  assert.is(
    installed.open(),
    `UnsupportedError: the socket addon ${installed.prebuilt} is no ELF file: install @rtnl/netlink-core again`,
  )
})

addon('a file of another architecture', () => {
  // `e_machine` of elf.h: EM_X86_64 is 62, EM_AARCH64 183, EM_RISCV 243.
  for (const [machine, name] of [
    process.arch === 'x64' ? ([183, 'arm64'] as const) : ([62, 'x64'] as const),
    [243, 'machine 243 of elf.h'] as const,
  ]) {
    const bytes = builtAddon()
    bytes.writeUInt16LE(machine, 18)
    installed.write(installed.built, bytes)
    assert.is(
      installed.open(),
      `UnsupportedError: the socket addon ${installed.built} is for ${name}, and this is ${process.arch}: ` +
        `run \`${installed.buildCommand}\` again`,
    )
  }
})

addon('a file for another C library', () => {
  // What a compiler on Alpine makes asks for the C library by the name that it has there.
  const library = join(tools, 'libc.musl.so.1')
  compile(['-shared', '-fPIC', '-Wl,-soname,libc.musl.so.1', '-o', library], 'int nothing() { return 0; }')
  compile(
    ['-shared', '-fPIC', '-o', join(tools, 'netlink.node'), '-x', 'none', '-Wl,--no-as-needed', library],
    'extern int nothing(); int something() { return nothing(); }',
  )
  rmSync(library)
  installed.write(installed.built, readFileSync(join(tools, 'netlink.node')))
  assert.match(
    installed.open(),
    new RegExp(
      `^UnsupportedError: the socket addon ${installed.built} was built for another C library ` +
        `\\(libc\\.musl\\.so\\.1: .*\\): run \`${installed.buildCommand}\` again$`,
    ),
  )
})

addon('a sandbox without AF_NETLINK', () => {
  installed.write(installed.prebuilt, builtAddon())
  const sandbox = join(tools, 'sandbox')
  compile(['-o', sandbox], sandboxSource)
  for (const [number, text] of [
    [1, 'operation not permitted (EPERM)'],
    [97, 'address family not supported (EAFNOSUPPORT)'],
  ] as const) {
    assert.is(
      installed.open({ prefix: [sandbox, String(number)] }),
      `NetlinkError: open netlink socket: ${text} (AF_NETLINK is forbidden here: by a seccomp profile of the container, ` +
        'by RestrictAddressFamilies= of the systemd unit, or by a policy such as SELinux)',
    )
  }
})

/** Runs a command for which `socket(AF_NETLINK, ...)` fails with an error number, as container engines and systemd do it. */
const sandboxSource = `
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int, char** words) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(atoi(words[1]))),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 126;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 126;
  execvp(words[2], words + 2);
  return 127;
}
`

if (isDeno) {
  addon('Deno: --allow-ffi is enough, for the file alone too', () => {
    installed.write(installed.prebuilt, builtAddon())
    assert.is(installed.open({ command: denoCommand('--allow-ffi') }), 'opened')
    assert.is(installed.open({ command: denoCommand(`--allow-ffi=${installed.prebuilt}`) }), 'opened')
  })

  addon('Deno: --allow-ffi is enough for one that was built here', () => {
    installed.write(installed.built, builtAddon())
    assert.is(installed.open({ command: denoCommand('--allow-ffi') }), 'opened')
  })

  addon('Deno without --allow-ffi', () => {
    installed.write(installed.prebuilt, builtAddon())
    for (const permission of ['--allow-read', '--deny-ffi']) {
      assert.is(
        installed.open({ command: denoCommand(permission) }),
        `UnsupportedError: the socket addon ${installed.prebuilt} may not be loaded: Deno needs --allow-ffi`,
      )
    }
  })

  addon('Deno without --allow-read: none at all', () => {
    assert.match(
      installed.open({ command: denoCommand('--allow-ffi') }),
      /netlink\.node is not there or not for this machine: install /,
    )
  })
} else if (!isBun) {
  addon('Node without addons', () => {
    installed.write(installed.prebuilt, builtAddon())
    assert.is(
      installed.open({ command: [process.execPath, '--no-addons', ...process.execArgv] }),
      `UnsupportedError: the socket addon ${installed.prebuilt} may not be loaded: beside --permission Node needs ` +
        '--allow-addons, and it must not be started with --no-addons',
    )
  })
}

addon.run()
