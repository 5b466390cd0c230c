/** Where distributions keep `ip` and `bridge`: folders that an ordinary user's PATH often lacks. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The search path with the system's folders at its end.
 * @param {string | undefined} path
 * @returns {string}
 */
export function withSystemFolders(path) {
  const folders = (path ?? '').split(':').filter((folder) => folder !== '')
  return [...folders, ...SYSTEM_FOLDERS.filter((folder) => !folders.includes(folder))].join(':')
}
