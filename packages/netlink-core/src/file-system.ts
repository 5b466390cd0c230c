import { createRequire } from 'node:module'

type FileSystem = typeof import('node:fs')

let loaded: FileSystem | undefined

/** `node:fs`, when it is used first. For an import of it Node.js loads all that it exports, streams too. */
export function fileSystem(): FileSystem {
  loaded ??= createRequire('/')('node:fs') as FileSystem
  return loaded
}
