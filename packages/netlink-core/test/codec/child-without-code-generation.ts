import { decode, encode, sampleMessage } from './sample.ts'

assertDenied()
const sample = sampleMessage('compiled')
const bytes = encode(sample, { family: 2, id: 7, inner: { buckets: 3 } })
console.log(
  JSON.stringify({
    engines: [sample.set.engine, sampleMessage('interpreted').set.engine],
    bytes: [...bytes],
    entry: decode(sample, bytes),
  }),
)

function assertDenied(): void {
  try {
    new Function('return 1')
  } catch (error) {
    if (error instanceof EvalError) return
    throw error
  }
  throw new Error('code generation is allowed')
}
