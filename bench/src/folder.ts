/** The folder of the benchmark, wherever this code was built to. */
export const folder = new URL('./', import.meta.resolve('#folder/package.json'))
