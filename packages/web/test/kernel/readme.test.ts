import { suite } from 'uvu'
import { addReadmeTests } from '../../../notifier/test/readme-example.ts'

const readme = suite('example of the README')

addReadmeTests(readme, new URL('../../', import.meta.url), 'small-view.ts')

readme.run()
