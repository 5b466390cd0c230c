/** A file of the configuration is not as it has to be. The message names the file, the line and the column. */
export class ConfigError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'ConfigError'
}
