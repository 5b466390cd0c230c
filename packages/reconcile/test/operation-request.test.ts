import { EntryRows, RowSelection } from '@rtnl/live-table/internal'
import { Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RemovalRequest, WriteRequest } from '../src/operation-request.ts'
import { RowAddition, RowRemoval } from '../src/row-requests.ts'
import { path, pathDefinition, pathRules } from './support/paths.ts'

const requests = suite('requests of operations')

const undecoded = {
  get entry(): never {
    throw new Error('the entry is decoded')
  },
  writeTo: (writer: Writer): void => writer.u32(7),
}

requests('are sent without the entry, which stays a row: there may be hundreds of thousands', () => {
  const write = new WriteRequest(pathRules, 'add', undecoded, undefined)
  assert.is(write.message, pathRules.definition.message)
  const writer = new Writer()
  write.encode(writer)
  assert.is(writer.length, 4)
  assert.is(new RemovalRequest(pathRules, undecoded).message, pathRules.definition.message)
})

requests('of rows are one object, and are made again of what they noted', () => {
  const rows = new EntryRows(pathDefinition)
  const [one, two] = [path(1, 'a'), path(2, 'b')]
  const ids = [one, two].map((entry) => rows.put(entry))
  const fields = new RowSelection(pathDefinition.message, ['family', 'prefix', 'via', 'owner', 'kind', 'base'])
  for (const request of [new RowAddition(pathRules), new RowRemoval(pathRules, fields)]) {
    const notes = new Writer()
    const ends = ids.map((id) => {
      request.take(rows, id).note(notes)
      return notes.length
    })
    const again = [request.restore(notes.view, 0, ends[0]!), request.restore(notes.view, ends[0]!, ends[1]!)]
    assert.equal(
      again.map(({ planned, type }) => ({ planned, type })),
      [one, two].map((entry) => ({ planned: { action: request.action, entry }, type: request.type })),
    )
    for (const [place, each] of again.entries()) {
      const [first, second] = [new Writer(), new Writer()]
      request.take(rows, ids[place]!).encode(first)
      each.encode?.(second)
      assert.equal(second.bytes(), first.bytes())
    }
  }
})

requests.run()
