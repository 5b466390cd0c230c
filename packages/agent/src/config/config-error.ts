/** A file of the configuration is not as it has to be. The message names the file, the line and the column. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
}
