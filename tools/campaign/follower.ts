import { check } from './checkpoint.ts'
import type { Figures, Question, Reply } from './protocol.ts'
import { Session } from './session.ts'

// The process that follows. It does what its parent says, one thing after the other.

let session: Session | undefined
let queue: Promise<void> = Promise.resolve()

process.on('message', (question: Question) => {
  queue = queue.then(async () => {
    let reply: Reply
    try {
      reply = { number: question.number, ...(await answer(question)) }
    } catch (error) {
      reply = {
        number: question.number,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }
    }
    process.send?.(reply)
  })
})
process.on('disconnect', () => process.exit(1))

async function answer(question: Question): Promise<Omit<Reply, 'number'>> {
  if (question.ask === 'open') {
    session = await Session.open(question.options)
    return {}
  }
  if (session === undefined) throw new Error('no session is open')
  if (question.ask === 'check') {
    const checked = await check(session, question.only)
    const looksAtAll = question.only?.includes('controllers') ?? true
    const contested = looksAtAll ? ((await session.controllers?.differences()) ?? []) : []
    const differences =
      contested.length === 0
        ? checked.differences
        : [
            ...checked.differences,
            { table: 'controllers', between: 'desired and iproute2', extra: contested, missing: [] },
          ]
    return { checked: { ...checked, differences }, figures: figuresOf(session) }
  }
  if (question.ask === 'record') {
    session.recording.write(question.file)
    return {}
  }
  await session.close()
  session = undefined
  return {}
}

function figuresOf({ notifier, figures, tables, controllers }: Session): Figures {
  const { overruns, restarts, receivedMessages } = notifier.connection.counters
  return {
    changes: figures.changes,
    resyncs: figures.resyncs,
    relists: tables.reduce((sum, { table }) => sum + table.relists, 0),
    messages: receivedMessages,
    overruns,
    interrupted: restarts,
    requests: controllers?.requests ?? 0,
  }
}
