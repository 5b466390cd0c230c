import { Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RemovalRequest, WriteRequest } from '../src/operation-request.ts'
import { pathRules } from './support/paths.ts'

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

requests.run()
