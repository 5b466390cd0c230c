import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tables } from '../src/tables/registry.ts'

const modules = suite('table modules')

modules('what a table refers to comes before it', () => {
  const names = tables.map(({ name }) => name)
  for (const { name, refersTo } of tables) {
    for (const other of refersTo) assert.ok(names.slice(0, names.indexOf(name)).includes(other), `${other}, ${name}`)
  }
})

modules.run()
