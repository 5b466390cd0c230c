import { setTimeout as delay } from 'node:timers/promises'
import { turnsOf } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { many, withKeeping } from './support/controller.ts'
import { path, textsOf } from './support/paths.ts'

import { rejection } from './support/wait.ts'

const assigning = suite('keep: assignments')

assigning('compares much that is wanted without holding up the event loop', () =>
  withKeeping(many(5000, 'a'), [], async (controller, kernel) => {
    kernel.log.length = 0
    const turns = await turnsOf(() => controller.assign(many(5000, 'a')))
    assert.ok(turns >= 30, `${turns} turns of the event loop`)
    await controller.idle()
    assert.equal(kernel.log, [])
  }),
)

assigning('what is changed while much is being assigned counts as changed after', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [], async (controller, kernel) => {
    const first = controller.assign(many(3000, 'b'))
    controller.set(path(1, 'c'))
    const second = controller.assign(many(2000, 'd'))
    controller.set(path(2, 'e'))
    assert.is(controller.delete(path(3, 'x')), 0, 'it is not wanted yet')
    await controller.idle()
    assert.equal(await Promise.all([first, second]), [undefined, undefined])
    const expected = [...many(2000, 'd').filter(({ prefix = 0 }) => prefix !== 2 && prefix !== 3), path(2, 'e')]
    assert.equal(kernel.texts, textsOf(expected))
  }),
)

assigning('an assignment that is refused does not undo what was called before or after', () =>
  withKeeping([path(1, 'a')], [], async (controller, kernel) => {
    const first = controller.assign(many(3000, 'b'))
    const second = rejection(controller.assign([{ via: 'x' }]))
    controller.set(path(1, 'c'))
    await delay(1)
    const third = controller.assign(many(2000, 'd'))
    controller.set(path(2, 'e'))
    assert.is((await second).message, '[0].prefix: is missing')
    await Promise.all([first, third])
    await controller.idle()
    assert.equal(kernel.texts, textsOf([...many(2000, 'd').filter(({ prefix }) => prefix !== 2), path(2, 'e')]))
  }),
)

assigning('what is changed counts after an assignment also where another is refused meanwhile', () =>
  withKeeping([path(1, 'a')], [], async (controller, kernel) => {
    const first = controller.assign(many(3000, 'b'))
    const second = rejection(controller.assign([{ via: 'x' }]))
    controller.set(path(1, 'c'))
    await Promise.all([first, second])
    await controller.idle()
    assert.equal(kernel.texts, textsOf([...many(3000, 'b').filter(({ prefix }) => prefix !== 1), path(1, 'c')]))
  }),
)

assigning.run()
