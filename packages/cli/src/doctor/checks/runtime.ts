import process from 'node:process'
import { packageVersion } from '../../version.ts'
import type { Check, CheckGroup } from '../check.ts'

interface Runtime {
  readonly name: string
  readonly version: string
  /** The first version that is supported, and where newer ones are. */
  readonly least: number
  readonly home: string
}

/** The version of Node-API that the addon is made for (`NAPI_VERSION` in its Makefile). */
const leastNapi = 8

function runtime(): Runtime {
  const { Deno, Bun } = globalThis as {
    readonly Deno?: { readonly version: { readonly deno: string } }
    readonly Bun?: { readonly version: string }
  }
  if (Deno !== undefined) return { name: 'Deno', version: Deno.version.deno, least: 2, home: 'deno upgrade' }
  if (Bun !== undefined) return { name: 'Bun', version: Bun.version, least: 1, home: 'bun upgrade' }
  return { name: 'Node.js', version: process.versions.node, least: 20, home: 'https://nodejs.org' }
}

/** Whether the runtime is one that rtnl supports. */
export const runtimeGroup: CheckGroup = {
  ids: ['runtime'],
  examine: () => [judgeRuntime(runtime(), Number(process.versions.napi ?? Number.NaN))],
}

/** @param napi the version of Node-API that the runtime has, as far as it says so */
export function judgeRuntime({ name, version, least, home }: Runtime, napi: number): Check {
  const value = { rtnl: packageVersion, name, version, napi: Number.isNaN(napi) ? null : napi }
  const text = `rtnl ${packageVersion} on ${name} ${version}, Node-API ${Number.isNaN(napi) ? 'of no known version' : napi}`
  const isOld = Number.parseInt(version, 10) < least || napi < leastNapi
  return isOld
    ? {
        id: 'runtime',
        level: 'red',
        text: `${text}: ${name} ${least} or newer is needed`,
        todo: `get a newer one (${home})`,
        value,
      }
    : { id: 'runtime', level: 'green', text, value }
}
