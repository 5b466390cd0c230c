import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { numberVector, recordVector, type Vector, VectorChangedError, valueVector } from '../src/index.ts'
import { ValueStorage } from '../src/value-storage.ts'
import { Vector as StoredVector } from '../src/vector.ts'
import { forEachSubject, type Subject } from './vectors.ts'

/** Elements that the subject can hold, the same in every run. */
function samples<T>({ element }: Subject<T>, count: number): T[] {
  return fc.sample(element, { numRuns: count, seed: 1 })
}

function filled<T>(subject: Subject<T>, count: number): Vector<T> {
  const vector = subject.create()
  vector.pushArray(samples(subject, count))
  return vector
}

forEachSubject(<T>(subject: Subject<T>) => {
  const each = suite(`vector of ${subject.name}`)
  const [first, second] = samples(subject, 2) as [T, T]

  each('starts without memory', () => {
    const vector = subject.create()
    assert.equal([vector.length, vector.capacity, vector.memoryUse], [0, 0, 0])
    assert.is(vector.elementSize, subject.elementSize)
  })

  each('doubles its capacity, or takes what is needed if that is more', () => {
    const vector = subject.create()
    const capacities = Array.from({ length: 9 }, () => {
      vector.push(first)
      return vector.capacity
    })
    assert.equal(capacities, [1, 2, 4, 4, 8, 8, 8, 8, 16])
    assert.ok(vector.reserve(7))
    assert.is(vector.capacity, 16)
    assert.ok(vector.reserve(8))
    assert.is(vector.capacity, 32)
    assert.ok(vector.reserve(1000))
    assert.is(vector.capacity, 1009)
    assert.is(vector.memoryUse, 1009 * subject.elementSize)
  })

  each('reserve refuses what is no count', () => {
    const vector = filled(subject, 3)
    for (const count of [-1, 0.5, Number.NaN, Infinity, '1' as never]) assert.is(vector.reserve(count), false)
    assert.is(vector.capacity, 3)
  })

  each('clear keeps the capacity, shrinkToFit gives it back', () => {
    const vector = filled(subject, 2000)
    vector.clear()
    assert.equal([vector.length, vector.capacity], [0, 2000])
    vector.shrinkToFit()
    assert.equal([vector.capacity, vector.memoryUse], [0, 0])
    vector.push(first)
    assert.equal([...vector], [first])
  })

  each('a clone of an emptied vector has the capacity it says and takes a push', () => {
    const vector = subject.create()
    vector.push(first)
    vector.clear()
    const clone = vector.clone()
    assert.equal([clone.length, clone.capacity, clone.memoryUse], [0, 1, subject.elementSize])
    clone.push(second)
    assert.equal([...clone], [second])
    assert.is(clone.capacity, 1)
    assert.is(vector.length, 0)
  })

  each('elements of a vector go into the same full vector', () => {
    const [a, b, c] = samples(subject, 3)
    const vector = filled(subject, 3)
    assert.is(vector.capacity, 3)
    vector.insert(0, vector.get(2) as T)
    assert.equal([...vector], [c, a, b, c])
    vector.shrinkToFit()
    vector.push(vector.get(1) as T)
    assert.equal([...vector], [c, a, b, c, a])
    vector.shrinkToFit()
    vector.pushArray(vector)
    assert.equal([...vector], [c, a, b, c, a, c, a, b, c, a])
  })

  each('an array that reads the vector goes into the same full vector', () => {
    const elements = samples(subject, 3)
    const vector = filled(subject, 3)
    const view = new Proxy([] as T[], {
      get: (_, key) => (key === 'length' ? vector.length : vector.get(Number(key))),
    })
    vector.pushArray(view)
    assert.equal([...vector], [...elements, ...elements])
  })

  each('pushArray stores nothing if reading the array throws', () => {
    const vector = filled(subject, 3)
    const failing = new Proxy([] as T[], {
      get(_, key) {
        if (key === 'length') return 2
        if (key === '0') return first
        throw new Error('unreadable')
      },
    })
    assert.throws(() => vector.pushArray(failing), 'unreadable')
    assert.equal([vector.length, vector.capacity], [3, 3])
    assert.throws(() => vector.pushArray({ length: -1 }), TypeError)
  })

  each('an iteration fails once the vector has changed', () => {
    const changes: ((vector: Vector<T>) => unknown)[] = [
      (vector) => vector.push(first),
      (vector) => vector.pushArray([first]),
      (vector) => vector.insert(0, first),
      (vector) => vector.pop(),
      (vector) => vector.remove(0),
      (vector) => vector.removeFast(0),
      (vector) => vector.removeBlock(0, 1),
      (vector) => vector.truncate(0),
      (vector) => vector.clear(),
      (vector) => vector.sort(() => 0),
      (vector) => vector.steal(),
      (vector) => [...vector.drain()],
    ]
    for (const change of changes) {
      for (const length of [1, 4]) {
        const vector = filled(subject, length)
        const iterate = () => {
          for (const _ of vector) change(vector)
        }
        assert.throws(iterate, (error: unknown) => error instanceof VectorChangedError, String(change))
      }
    }
  })

  each('an iteration goes on after changes that move no element', () => {
    const vector = filled(subject, 4)
    let steps = 0
    for (const _ of vector) {
      vector.set(steps, first)
      vector.reserve(100)
      vector.shrinkToFit()
      vector.pushArray([])
      assert.is(vector.remove(4), undefined)
      assert.is(vector.removeBlock(4, 5), false)
      steps++
    }
    assert.equal([...vector], [first, first, first, first])
    vector.clear()
    for (const _ of vector) assert.unreachable()
  })

  each('draining goes from the last to the first and takes what is pushed meanwhile', () => {
    const [a, b, c] = samples(subject, 3)
    const vector = filled(subject, 2)
    const drained: unknown[] = []
    for (const element of vector.drain()) {
      drained.push(element)
      if (drained.length === 1) vector.push(c as T)
    }
    assert.equal(drained, [b, c, a])
    assert.equal([vector.length, vector.capacity], [0, 2])
  })

  each('a comparison that throws leaves the order as it was', () => {
    const vector = filled(subject, 5)
    const fail = () => {
      throw new Error('no order')
    }
    assert.throws(() => vector.sort(fail), 'no order')
    assert.throws(() => vector.binarySearch(0, fail), 'no order')
    assert.equal([...vector], samples(subject, 5))
  })

  each('a comparison that changes the vector is found out', () => {
    const elements = samples(subject, 5)
    const changed = (error: unknown) => error instanceof VectorChangedError
    const sorted = filled(subject, 5)
    // The sort of an array compares no `undefined`, so two elements that are not must be there.
    sorted.pushArray([first, first])
    assert.throws(() => sorted.sort(() => Number(sorted.truncate(4))), changed)
    assert.equal([...sorted], elements.slice(0, 4))
    const searched = filled(subject, 5)
    assert.throws(() => searched.binarySearch(0, () => Number(searched.truncate(0))), changed)
    assert.is(searched.length, 0)
  })

  each('searching an empty vector finds nothing and compares nothing', () => {
    const vector = subject.create()
    vector.sort(() => assert.unreachable() as never)
    assert.is(
      vector.binarySearch(0, () => assert.unreachable() as never),
      undefined,
    )
  })

  each.run()
})

const numbers = suite('vector of numbers')

numbers('refuses what its kind cannot hold and stores nothing', () => {
  const cases = [
    ['u8', [-1, 256, 0.5, Number.NaN, Infinity]],
    ['u16', [-1, 65536]],
    ['u32', [-1, 2 ** 32, 1.5, Number.NaN, -Infinity]],
    ['s32', [-(2 ** 31) - 1, 2 ** 31, 0.1]],
  ] as const
  for (const [kind, values] of cases) {
    for (const value of values) {
      const vector = numberVector(kind)
      vector.push(7)
      const refused = (error: unknown) =>
        error instanceof RangeError && error.message.endsWith(`(${kind}), got ${value}`)
      assert.throws(() => vector.push(value), refused)
      assert.throws(() => vector.insert(0, value), refused)
      assert.throws(() => vector.set(0, value), refused)
      assert.throws(() => vector.pushArray([1, value]), refused)
      assert.equal([[...vector], vector.capacity], [[7], 1])
    }
  }
})

numbers('refuses what is no number', () => {
  for (const value of ['1', 1n, null, undefined, {}, [], Symbol('one'), () => 1]) {
    for (const kind of ['u32', 'f64'] as const) {
      const vector = numberVector(kind)
      assert.throws(
        () => vector.push(value as never),
        (error: unknown) => error instanceof TypeError,
      )
      assert.is(vector.length, 0)
    }
  }
  assert.throws(() => numberVector('u32').push('1' as never), 'element must be a number (u32), got "1"')
})

numbers('refuses a kind that does not exist', () => {
  for (const kind of ['u64', 'toString', '', undefined]) {
    assert.throws(
      () => numberVector(kind as never),
      (error: unknown) => error instanceof TypeError,
    )
  }
})

numbers('steal hands out the buffer itself', () => {
  const vector = numberVector('u32')
  vector.reserve(8)
  vector.pushArray(Uint32Array.of(1, 2, 0xffff_ffff))
  const stolen = vector.steal()
  assert.equal(stolen, Uint32Array.of(1, 2, 0xffff_ffff))
  assert.is(stolen.buffer.byteLength, 32)
  assert.equal([vector.length, vector.capacity, vector.elementSize], [0, 0, 4])
  vector.push(9)
  assert.equal([...vector], [9])
  assert.equal(stolen, Uint32Array.of(1, 2, 0xffff_ffff))
})

numbers.run()

const records = suite('vector of records')

records('refuses a record with a missing or unfit field, naming the field, and stores nothing', () => {
  const vector = recordVector({ id: 'u32', weight: 'u16' })
  vector.push({ id: 1, weight: 2 })
  assert.throws(() => vector.push({ id: 1 } as never), 'weight must be a number (u16), got undefined')
  assert.throws(() => vector.push({ id: 2 ** 32, weight: 1 }), 'id must be an integer from 0 to 4294967295')
  assert.throws(() => vector.set(0, { id: 9, weight: 65536 }), 'weight must be an integer from 0 to 65535')
  assert.throws(() => vector.insert(0, null as never), 'element must be a record, got null')
  assert.equal([...vector], [{ id: 1, weight: 2 }])
  assert.is(vector.capacity, 1)
})

records('refuses a layout that no record can have', () => {
  assert.throws(() => recordVector({}), TypeError)
  assert.throws(() => recordVector({ id: 'u33' as never }), TypeError)
  assert.throws(() => recordVector({ ['__proto__']: 'u8' }), TypeError)
})

records('holds copies, without fields that the layout does not name', () => {
  const vector = recordVector({ id: 'u32' })
  const record = { id: 1, name: 'one' }
  vector.push(record)
  record.id = 2
  const taken = vector.get(0) as { id: number }
  taken.id = 3
  assert.equal(vector.get(0), { id: 1 })
})

records('reads each field once, so that a getter cannot slip in another value', () => {
  const vector = recordVector({ id: 'u8', weight: 'u8' })
  let reads = 0
  const shifty = {
    get id() {
      reads++
      vector.push({ id: 40, weight: 41 })
      return reads
    },
    weight: 5,
  }
  vector.push(shifty)
  assert.is(reads, 1)
  assert.equal(
    [...vector],
    [
      { id: 40, weight: 41 },
      { id: 1, weight: 5 },
    ],
  )
})

records('steal hands out the packed bytes, little-endian in the order of the layout', () => {
  const vector = recordVector({ id: 'u32', weight: 'u16' })
  vector.reserve(4)
  vector.push({ id: 0x0102_0304, weight: 0x0506 })
  vector.push({ id: 7, weight: 8 })
  const stolen = vector.steal()
  assert.equal([...new Uint8Array(stolen.buffer, 0, stolen.byteLength)], [4, 3, 2, 1, 6, 5, 7, 0, 0, 0, 8, 0])
  assert.is(stolen.buffer.byteLength, 24)
  assert.equal([vector.length, vector.capacity, vector.elementSize], [0, 0, 6])
})

records.run()

const values = suite('vector of values')

values('keeps identity, shares it with a clone and steals an array of the length', () => {
  const vector = valueVector<object>()
  const value = {}
  vector.reserve(10)
  vector.push(value)
  assert.is(vector.get(0), value)
  assert.is(vector.clone().get(0), value)
  const stolen = vector.steal()
  assert.ok(Array.isArray(stolen))
  assert.is(stolen.length, 1)
  assert.is(stolen[0], value)
  assert.equal([vector.length, vector.capacity], [0, 0])
})

values('what was removed is not kept alive by the spare capacity', () => {
  const removals: ((vector: Vector<string>) => unknown)[] = [
    (vector) => vector.clear(),
    (vector) => vector.truncate(0),
    (vector) => vector.removeBlock(0, 4),
    (vector) => [...vector.drain()],
    (vector) => Array.from({ length: 4 }, () => vector.pop()),
    (vector) => Array.from({ length: 4 }, () => vector.remove(0)),
    (vector) => Array.from({ length: 4 }, () => vector.removeFast(0)),
  ]
  for (const remove of removals) {
    const storage = new ValueStorage<string>()
    const vector = new StoredVector(storage)
    vector.pushArray(['a', 'b', 'c', 'd'])
    remove(vector)
    assert.is(storage.capacity, 4)
    const slots = [0, 1, 2, 3].map((index) => storage.read(index))
    assert.equal(slots, [undefined, undefined, undefined, undefined], String(remove))
  }
})

values.run()
