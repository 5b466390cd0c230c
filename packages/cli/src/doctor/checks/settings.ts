import { readdirSync } from 'node:fs'
import { readText } from '../../read-text.ts'
import { type Check, type CheckGroup, requireReadable } from '../check.ts'
import { type Setting, settings } from './setting-list.ts'

const folder = '/proc/sys/net'

/** Settings of the kernel (sysctl) by which tables show something else, or learn of it in another way. */
export const settingGroup: CheckGroup = {
  ids: settings.map(idOf),
  examine() {
    requireReadable(folder)
    return settings.map((setting) => (setting.perInterface ? ofInterfaces(setting) : ofNamespace(setting)))
  },
}

function idOf({ name }: Setting): string {
  return `sysctl.net.${name}`
}

function meaningOf({ meanings }: Setting, value: string): string {
  return meanings[value] ?? meanings.other ?? 'a value with a meaning that rtnl does not know'
}

function ofNamespace(setting: Setting): Check {
  const value = readText(`${folder}/${setting.name.replaceAll('.', '/')}`)?.trim()
  if (value === undefined) return missing(setting)
  return { id: idOf(setting), level: 'green', text: `${value}: ${meaningOf(setting, value)}`, value: number(value) }
}

/** `all` and `default` are two of the folders; `all` counts for every interface, and `default` for those that come. */
function ofInterfaces(setting: Setting): Check {
  const [family, leaf] = setting.name.split('.conf.') as [string, string]
  const base = `${folder}/${family}/conf`
  const values = new Map<string, string>()
  for (const name of namesIn(base)) {
    const value = readText(`${base}/${name}/${leaf}`)?.trim()
    if (value !== undefined) values.set(name, value)
  }
  if (values.size === 0) return missing(setting)
  const others = [...values].filter(([, value]) => value !== setting.usual)
  const named = [...new Set(others.map(([, value]) => value))].map((value) => {
    const names = others.flatMap(([name, each]) => (each === value ? [name] : []))
    return `${value} for ${someOf(names)}: ${meaningOf(setting, value)}`
  })
  const text =
    named.length === 0
      ? `${setting.usual} everywhere: ${meaningOf(setting, setting.usual)}`
      : `${named.join('; ')}; ${setting.usual} elsewhere`
  return {
    id: idOf(setting),
    level: 'green',
    text,
    value: Object.fromEntries([...values].map(([name, value]) => [name, number(value)])),
  }
}

function missing(setting: Setting): Check {
  return { id: idOf(setting), level: 'green', text: 'not there: this kernel does not have it', value: null }
}

function number(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text
}

const mostNames = 5

function someOf(names: readonly string[]): string {
  const rest = names.length - mostNames
  return rest <= 0 ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${rest} more`
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}
