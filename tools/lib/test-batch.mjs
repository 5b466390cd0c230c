// Runs test files one after the other in this process, each with a summary of its own: its arguments are a mark and the files.
// A runtime takes longer to start than most unit tests take.
import process from 'node:process'
import { pathToFileURL } from 'node:url'

const [mark, ...paths] = process.argv.slice(2)
const scope = /** @type {typeof globalThis & { UVU_DEFER?: number, UVU_QUEUE?: unknown[][] }} */ (globalThis)
// uvu starts nothing by itself then.
scope.UVU_DEFER = 1
const { exec } = await import('uvu')

let code = 0
for (const path of paths) {
  console.log(`\n${mark} begins`)
  const started = performance.now()
  const before = process.cpuUsage()
  scope.UVU_QUEUE = [[null]]
  process.exitCode = 0
  try {
    await import(pathToFileURL(path).href)
    await exec()
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
  const { user, system } = process.cpuUsage(before)
  code ||= Number(process.exitCode ?? 0)
  console.log(`\n${mark} ends ${process.exitCode ?? 0} ${performance.now() - started} ${(user + system) / 1000}`)
}
process.exitCode = code
