import manifest from '../package.json' with { type: 'json' }

/** The version in `package.json`. It is part of the bundle, so that the command can be one file. */
export const packageVersion: string = manifest.version
