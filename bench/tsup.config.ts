import { preset } from '../tsup.preset.ts'

export default preset({ entry: ['src/main.ts', 'src/isolated.ts', 'src/fleet.ts', 'src/contestants/*.ts'] })
