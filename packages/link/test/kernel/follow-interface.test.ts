import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { followInterface, type Link, LinkTable } from '@rtnl/link'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const follow = suite('an interface that is followed by name')

const ip = (command: string): void => void execFileSync('ip', command.split(' '), { stdio: 'pipe' })

/** Follows a name, and gives what it was called with: the index of each interface, 0 for none, and `end` after each. */
async function following(
  name: string,
  act: (links: LinkTable, told: readonly unknown[]) => Promise<void>,
  isSame?: (before: Link, now: Link) => boolean,
): Promise<unknown[]> {
  await using links = await LinkTable.open()
  const stop = new AbortController()
  const told: unknown[] = []
  const done = followInterface(
    links,
    name,
    async (link, signal) => {
      told.push(link?.ifindex ?? 0)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      told.push('end')
    },
    { signal: stop.signal, isSame },
  )
  await act(links, told)
  stop.abort()
  await done
  return told
}

/** Until everything has come to the table, and what waits for that was called. */
async function turn(links: LinkTable): Promise<void> {
  await links.waitForSync()
  await delay(0)
}

follow.before.each(() => ip('link add f0 index 100 type bridge'))

follow.after.each(() => {
  for (const name of ['f0', 'f1', 'other']) {
    try {
      ip(`link del ${name}`)
    } catch {
      // Not every test leaves all of them.
    }
  }
})

follow('is used until it is deleted, then none, then the next one', async () => {
  const told = await following('f0', async (links) => {
    ip('link set f0 mtu 1400')
    await turn(links)
    ip('link del f0')
    await turn(links)
    ip('link add f0 index 101 type bridge')
    await turn(links)
  })
  assert.equal(told, [100, 'end', 0, 'end', 101, 'end'])
})

follow('one that is made with the index of the old one is another, and one with its name too', async () => {
  const told = await following('f0', async (links) => {
    ip('link del f0')
    ip('link add f1 index 100 type bridge')
    await turn(links)
    ip('link set f1 name f0')
    await turn(links)
    ip('link del f0')
    ip('link add f0 index 100 type bridge')
    await turn(links)
  })
  assert.equal(
    told.filter((each) => each !== 0 && each !== 'end'),
    [100, 100, 100],
  )
  assert.is(told.filter((each) => each === 'end').length, told.length / 2)
})

follow('a name, or another name, that moves', async () => {
  ip('link add f1 index 102 type bridge')
  const told = await following('f0', async (links) => {
    ip('link set f0 name other')
    await turn(links)
    ip('link set f1 name f0')
    await turn(links)
  })
  assert.equal(told, [100, 'end', 0, 'end', 102, 'end'])
  ip('link property add dev f0 altname alias')
  const other = await following('alias', async (links) => {
    ip('link set f0 up')
    ip('link property del dev f0 altname alias')
    await turn(links)
    ip('link set other up')
    ip('link property add dev other altname alias')
    await turn(links)
  })
  assert.equal(other, [102, 'end', 0, 'end', 100, 'end'])
})

follow('one that its user finds to be another', async () => {
  const told = await following(
    'f0',
    async (links) => {
      ip('link set f0 mtu 1400')
      await turn(links)
    },
    (before, now) => before.mtu === now.mtu,
  )
  assert.equal(told, [100, 'end', 100, 'end'])
})

follow('a function that has ended is not called again for the same interface, and its error ends it', async () => {
  await using links = await LinkTable.open()
  let calls = 0
  const done = followInterface(links, 'f0', async (link) => {
    calls++
    if (link === undefined) throw new Error('gone')
  })
  ip('link set f0 mtu 1400')
  await turn(links)
  assert.is(calls, 1)
  ip('link del f0')
  await done.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'gone'),
  )
  assert.is(calls, 2)
})

follow('ends when the table is closed', async () => {
  const links = await LinkTable.open()
  const done = followInterface(links, 'f0', async () => {})
  links.close()
  await done.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, 'ClosedError'),
  )
})

follow.run()
