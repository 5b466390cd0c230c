/**
 * Copied with `src` into a package of its own. `child-opening.ts [PLATFORM [ARCHITECTURE]]`: opens a socket, as if on
 * another system, and prints what came of it.
 */
const [, , platform, architecture] = process.argv
if (platform !== undefined) Object.defineProperty(process, 'platform', { value: platform })
if (architecture !== undefined) Object.defineProperty(process, 'arch', { value: architecture })

const { Connection } = await import('../../src/index.ts')
try {
  const connection = await Connection.open()
  connection.close()
  console.log('opened')
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error)
}
