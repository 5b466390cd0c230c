// timeout: 900
// runtimes: node
import { suite } from 'uvu'
import { testSanitized } from '../native/sanitized-tests.ts'

const sanitized = suite('sanitizer: address,undefined')
testSanitized(sanitized, 'address,undefined')
sanitized.run()
