import { preset } from '../../tsup.preset.ts'

export default preset({
  entry: { index: 'src/index.ts', declarations: 'src/declarations.ts', internal: 'src/internal.ts' },
})
