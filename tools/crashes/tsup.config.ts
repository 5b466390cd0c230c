import { preset } from '../../tsup.preset.ts'

export default preset({ entry: ['src/main.ts', 'src/isolated.ts', 'src/dying-child.ts'] })
