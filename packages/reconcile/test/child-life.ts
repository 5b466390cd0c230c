import { setTimeout as delay } from 'node:timers/promises'
import { answer } from '@rtnl/netlink-core/testing'
import { keep, reconcile } from '@rtnl/reconcile'
import { PathKernel, path, pathRules } from './support/paths.ts'

// A program that does one thing and is left to itself: it ends at once, or only when what it keeps is closed.
const kernel = new PathKernel()
const options = { transports: kernel }

/** Refusals are to be tried again later. */
function refuse(): void {
  kernel.refuses = () => answer.error(100)
}

/** Something happens later, in a way that does not keep the process alive. */
function later(happens: () => void): void {
  delay(200, undefined, { ref: false }).then(happens)
}

const programs: Record<string, () => Promise<void>> = {
  async reconciled() {
    await reconcile(pathRules, [path(1, 'a')], options)
  },
  async closed() {
    refuse()
    const controller = await keep(pathRules, [path(1, 'a')], options)
    console.log(`failed ${controller.failed.length}`)
    controller.close()
  },
  async 'left-block'() {
    refuse()
    const keeping = async (): Promise<void> => {
      using controller = await keep(pathRules, [path(1, 'a')], options)
      controller.closed.then(() => console.log('closed'))
    }
    await keeping()
  },
  async removed() {
    const controller = await keep(pathRules, [path(1, 'a')], options)
    await controller.remove()
  },
  async kept() {
    const controller = await keep(pathRules, [path(1, 'a')], options)
    later(() => {
      console.log('still here')
      controller.close()
    })
    await controller.closed
  },
  async healing() {
    const controller = await keep(pathRules, [path(1, 'a')], options)
    later(() => kernel.take(path(1, 'a')))
    kernel.did = () => {
      console.log('healed')
      setImmediate(() => controller.close())
    }
  },
}

await programs[process.argv[2] ?? '']?.()
console.log('end')
