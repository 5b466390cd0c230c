import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The architectures as Debian names them. @type {Record<'x64' | 'arm64', string>} */
const DEBIAN_ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' }
const MIRROR = 'http://deb.debian.org/debian'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * @param {string} command
 * @param {string[]} words
 * @param {string} [folder]
 * @throws {Error} with what it said
 */
export function run(command, words, folder) {
  const { status, stderr, stdout, error } = spawnSync(command, words, { cwd: folder, encoding: 'utf8' })
  if (error) throw new Error(`${command} cannot be started: ${error.message}`)
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: exit code ${status}\n${stdout}${stderr}`)
  return stdout
}

/**
 * Fills a folder of the cache once: what is there was made as a whole.
 * @param {string} folder
 * @param {(empty: string) => void} fill
 * @returns {string} the folder
 */
export function once(folder, fill) {
  if (existsSync(folder)) return folder
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  fill(partial)
  renameSync(partial, folder)
  return folder
}

/**
 * A package of the npm registry, unpacked, whichever system and architecture it is for. No script of it is run.
 * @param {string} cache
 * @param {string} name with version
 * @returns {string} its folder
 */
export function npmPackage(cache, name) {
  return once(join(cache, 'npm', name.replaceAll('/', '+')), (folder) => {
    run('npm', ['pack', '--silent', '--pack-destination', folder, name], folder)
    for (const tarball of readdirSync(folder)) {
      run('tar', ['-x', '-z', '-f', tarball, '--strip-components=1'], folder)
      rmSync(join(folder, tarball))
    }
  })
}

/**
 * The options that give apt-get and apt-cache lists of packages and settings of their own, so that neither the machine nor its
 * settings change and nobody has to be root. The lists are fetched anew. apt-get checks the signatures.
 * @param {string} cache
 * @param {string} suite
 * @param {'x64' | 'arm64'} architecture
 * @returns {string[]}
 */
function aptOptions(cache, suite, architecture) {
  const settings = join(cache, 'apt', `${suite}-${architecture}`)
  const debian = DEBIAN_ARCHITECTURES[architecture]
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(settings, part), { recursive: true })
  writeFileSync(join(settings, 'sources.list'), `deb [arch=${debian} signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`)
  writeFileSync(join(settings, 'status'), '')
  const options = [
    `Dir::Etc::SourceList=${settings}/sources.list`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${settings}/lists`,
    `Dir::State::status=${settings}/status`,
    `Dir::Cache=${settings}`,
    `APT::Architecture=${debian}`,
    `APT::Architectures::=${debian}`,
    // The user that apt-get takes for downloads cannot write to a checkout.
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option])
  // Lists of another day can name files that are gone.
  run('apt-get', [...options, '-q', 'update'])
  return options
}

/**
 * Packages of Debian unpacked in a folder.
 * @param {string} cache
 * @param {object} wanted
 * @param {string} wanted.suite
 * @param {'x64' | 'arm64'} wanted.architecture
 * @param {readonly string[]} wanted.packages
 * @param {RegExp} [wanted.dependencies] which packages that they depend on are unpacked with them
 * @returns {string} the folder that stands for the root
 */
export function debianPackages(cache, { suite, architecture, packages, dependencies }) {
  const name = [suite, architecture, ...packages].join('+')
  return once(join(cache, 'debian', name), (folder) => {
    const options = aptOptions(cache, suite, architecture)
    const depended =
      dependencies === undefined
        ? []
        : run('apt-cache', [...options, 'depends', '--recurse', '--important', ...packages])
            .split('\n')
            .filter((line) => dependencies.test(line))
    run('apt-get', [...options, '-q', 'download', ...new Set([...packages, ...depended])], folder)
    for (const file of readdirSync(folder).filter((one) => one.endsWith('.deb'))) {
      run('dpkg-deb', ['-x', file, '.'], folder)
      rmSync(join(folder, file))
    }
  })
}
