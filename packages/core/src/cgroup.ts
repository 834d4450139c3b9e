/** Where a control group of Linux and those that hold it have their files: our own first, up to the root of what we see. */
export interface CgroupDirectories {
  /** Of cgroup v2. */
  readonly unified: readonly string[]
  /** Of the controller's own tree, cgroup v1. */
  readonly legacy: readonly string[]
}

/**
 * A container sees its own group as the root, whatever its path says; so directories that do not exist are left out by
 * whoever reads them, and the limits of all others hold together.
 *
 * @param membership the text of `/proc/self/cgroup`.
 */
export function cgroupDirectories(controller: 'cpu' | 'memory', membership: string): CgroupDirectories {
  let unified = '/'
  let legacy = '/'
  for (const line of membership.split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (line.startsWith('0::')) unified = path
    else if (controllers.split(',').includes(controller)) legacy = path
  }
  return {
    unified: upwards('/sys/fs/cgroup', unified),
    legacy: upwards(`/sys/fs/cgroup/${controller}`, legacy),
  }
}

function upwards(root: string, path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  // Its group is none of those that we see.
  if (names.includes('..')) return [root]
  return Array.from({ length: names.length + 1 }, (_, above) =>
    [root, ...names.slice(0, names.length - above)].join('/'),
  )
}
