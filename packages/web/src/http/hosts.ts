import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** Whether only programs of this machine reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/**
 * Whether a request is meant for this machine, by its `Host`. A page of somebody else whose name is made to lead here (DNS
 * rebinding) sends that name. No page has a name that is an address, or that of this machine.
 */
export function isOwnHost(header: string | undefined): boolean {
  const name = (header ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name === hostname().toLowerCase() || isIP(name) !== 0
}
