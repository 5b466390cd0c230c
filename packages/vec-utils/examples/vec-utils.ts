import { numberVector, recordVector, valueVector } from '@rtnl/vec-utils'

// A queue of ids: 4 bytes an id, whatever its length.
const ids = numberVector('u32')
ids.pushArray([30, 10, 20])
ids.sort((left, right) => left - right)
console.log(ids.binarySearch(20, (key, id) => key - id)) // 1
console.log(ids.get(7)) // undefined

// The members of a group: 6 bytes a pair, in one buffer.
const members = recordVector({ id: 'u32', weight: 'u16' })
for (const id of ids) members.push({ id, weight: 100 })
members.removeFast(0)
console.log(members.length, members.capacity, members.memoryUse) // 2 4 24

try {
  members.push({ id: 2 ** 32, weight: 1 })
} catch (error) {
  console.log(String(error)) // RangeError: id must be an integer from 0 to 4294967295 (u32), got 4294967296
}

// The same interface over any values; draining pops from the end and takes what is pushed meanwhile.
const work = valueVector()
work.pushArray(['first', 'second'])
for (const task of work.drain()) {
  console.log(task) // second, third, first
  if (task === 'second') work.push('third')
}
