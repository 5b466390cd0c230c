import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { debianPackages, once, run } from '../lib/fetch.mjs'

/**
 * What a machine needs to start.
 * @typedef {object} Image
 * @property {string} release as `uname -r` says it
 * @property {string} kernel path of the compressed kernel
 * @property {string} initrd path of the first file system
 * @property {string} modules path of the folder that stands for /lib/modules
 */

/** In Debian's newer releases the modules are packages of their own. */
const KERNEL_PACKAGES = /^linux-(image|modules|binary|base)-\d/
/** The modules that mount the root: the bus, the serial ports, and the file system of the host. */
const FIRST_MODULES = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay']
/** How modules are compressed: the ending of the file, and who unpacks it. @type {readonly [string, string][]} */
const COMPRESSIONS = [
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
]

/**
 * The first process: mounts the host's root below a file system in memory, so that what is written there is gone afterwards, and
 * the kernel's own modules. Process 1 itself changes its root, so that the kernel finds modprobe in it.
 */
const INIT = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r module; do insmod /modules/$module; done </modules/order
transport=trans=virtio,version=9p2000.L,msize=524288
mount -t 9p -o ro,cache=loose,$transport root /lower
mount -t tmpfs -o mode=755 written /written
mkdir /written/upper /written/work
mount -t overlay -o lowerdir=/lower,upperdir=/written/upper,workdir=/written/work overlay /root
mkdir -p /root/lib/modules
mount -t 9p -o ro,cache=loose,$transport modules /root/lib/modules
for folder in dev proc sys; do mount --move /$folder /root/$folder; done
mount -t tmpfs -o mode=755 run /root/run
mkdir -p /root/run/lock /root/run/job /root/dev/pts /root/dev/shm
mount -t devpts -o mode=620,ptmxmode=666 terminals /root/dev/pts
mount -t tmpfs shared /root/dev/shm
mount -t 9p -o cache=none,$transport job /root/run/job
ln -sf /proc/self/fd /root/dev/fd
ln -sf /proc/self/fd/0 /root/dev/stdin
ln -sf /proc/self/fd/1 /root/dev/stdout
ln -sf /proc/self/fd/2 /root/dev/stderr
hostname kernel
ifconfig lo 127.0.0.1 up
exec chroot /root /bin/sh /run/job/start
`

/**
 * The first modules and those that they need, in the order of loading.
 * @param {string} folder of the kernel's modules
 * @returns {string[]} paths relative to it
 */
function modulesInOrder(folder) {
  const needed = new Map(
    readFileSync(join(folder, 'modules.dep'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [path = '', rest = ''] = line.split(':')
        return [path, rest.split(' ').filter((word) => word !== '')]
      }),
  )
  const ordered = new Set()
  for (const name of FIRST_MODULES) {
    const path = [...needed.keys()].find((one) => basename(one).replaceAll('-', '_').startsWith(`${name}.ko`))
    // One that is missing is built into the kernel.
    if (path === undefined) continue
    // depmod names what has to be loaded last first.
    for (const one of [path, ...(needed.get(path) ?? [])].reverse()) ordered.add(one)
  }
  return [...ordered]
}

/**
 * @param {string} file compressed or not
 * @param {string} target uncompressed
 */
function unpackModule(file, target) {
  const tool = COMPRESSIONS.find(([ending]) => file.endsWith(ending))?.[1]
  if (tool === undefined) cpSync(file, target)
  else run('sh', ['-c', `${tool} -dc "$1" >"$2"`, 'sh', file, target])
}

/**
 * @param {string} root of what is to be packed, which is filled
 * @param {string} modules folder of the kernel's modules
 * @param {string} busybox path of a busybox that needs no library
 * @param {string} initrd where it is written
 */
function makeInitrd(root, modules, busybox, initrd) {
  const folders = ['bin', 'modules', 'dev', 'proc', 'sys', 'lower', 'written', 'root']
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })
  cpSync(busybox, join(root, 'bin/busybox'))
  const order = modulesInOrder(modules).map((path) => {
    const name = basename(path).replace(/\.(xz|zst)$/, '')
    unpackModule(join(modules, path), join(root, 'modules', name))
    return name
  })
  writeFileSync(join(root, 'modules/order'), order.map((name) => `${name}\n`).join(''))
  writeFileSync(join(root, 'init'), INIT)
  chmodSync(join(root, 'init'), 0o755)
  run('sh', ['-c', 'find . | "$1" cpio -o -H newc 2>/dev/null >"$2"', 'sh', busybox, initrd], root)
}

/**
 * Fetches a kernel from Debian, once.
 * @param {string} cache
 * @param {import('./kernels.mjs').Kernel} kernel
 * @returns {Image}
 * @throws {Error} it cannot be fetched, with what apt-get said
 */
export function kernelImage(cache, { suite }) {
  const folder = once(join(cache, 'image', suite), (empty) => {
    const architecture = 'x64'
    const packages = debianPackages(cache, {
      suite,
      architecture,
      packages: ['linux-image-amd64'],
      dependencies: KERNEL_PACKAGES,
    })
    const tools = debianPackages(cache, { suite: 'bookworm', architecture, packages: ['busybox-static'] })
    const busybox = ['bin/busybox', 'usr/bin/busybox'].map((path) => join(tools, path)).find(existsSync)
    if (busybox === undefined) throw new Error('the package busybox-static holds no busybox')
    const lib = ['lib/modules', 'usr/lib/modules'].map((path) => join(packages, path)).find(existsSync)
    const release = lib === undefined ? undefined : readdirSync(lib)[0]
    if (lib === undefined || release === undefined) throw new Error(`the kernel of ${suite} holds no modules`)
    // depmod wants the modules where they are on a running machine.
    mkdirSync(join(empty, 'packages/lib'), { recursive: true })
    symlinkSync(lib, join(empty, 'packages/lib/modules'))
    run('/sbin/depmod', ['-b', join(empty, 'packages'), release])
    makeInitrd(join(empty, 'root'), join(lib, release), busybox, join(empty, 'initrd'))
    const image = [join(packages, 'boot', `vmlinuz-${release}`), join(lib, release, 'vmlinuz')].find(existsSync)
    if (image === undefined) throw new Error(`the kernel of ${suite} holds no image`)
    writeFileSync(join(empty, 'image.json'), JSON.stringify({ release, kernel: image, modules: lib }))
  })
  return { ...JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')), initrd: join(folder, 'initrd') }
}
