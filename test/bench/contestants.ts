import { execFileSync } from 'node:child_process'

export interface Contestant {
  /** How `--only` names it. */
  id: string
  name: string
  /** The script in `peers/` that is its master, and what it is told. */
  script: string
  variant: string
  /** The first Node that has what it needs. */
  since?: [major: number, minor: number]
  /** Whether a process of its own stands over the workers. */
  master: boolean
  /** Set where the table gives everybody's ratio to it: the heading. */
  comparedWith?: string
}

/** listen({ reusePort }) and the flag behind it came with libuv 1.49. */
const reusePort: [number, number] = [22, 12]

export const contestants: Contestant[] = [
  { id: 'bare', name: 'node:http, one process', script: 'bare', variant: '', master: false },
  {
    id: 'reuse-port',
    name: 'reusePort by hand',
    script: 'reuse-port',
    variant: '',
    since: reusePort,
    master: true,
    comparedWith: 'reusePort',
  },
  {
    id: 'cluster',
    name: 'node:cluster, default',
    script: 'cluster',
    variant: 'node rr',
    master: true,
    comparedWith: 'cluster',
  },
  {
    id: 'cluster-none',
    name: 'node:cluster, SCHED_NONE',
    script: 'cluster',
    variant: 'node none',
    master: true,
  },
  {
    id: 'drop-in',
    name: 'drop-in, default',
    script: 'cluster',
    variant: 'drop-in rr',
    master: true,
  },
  {
    id: 'drop-in-kernel',
    name: 'drop-in, kernel',
    script: 'cluster',
    variant: 'drop-in kernel',
    since: reusePort,
    master: true,
  },
  {
    id: 'kernel',
    name: 'Manifold kernel',
    script: 'manifold',
    variant: 'kernel',
    since: reusePort,
    master: true,
  },
  { id: 'shared', name: 'Manifold shared', script: 'manifold', variant: 'shared', master: true },
  {
    id: 'round-robin',
    name: 'Manifold round-robin',
    script: 'manifold',
    variant: 'round-robin',
    master: true,
  },
  {
    id: 'least-connections',
    name: 'Manifold least-connections',
    script: 'manifold',
    variant: 'least-connections',
    master: true,
  },
  // The load comes from one address: to tell its clients apart takes more.
  {
    id: 'sticky',
    name: 'Manifold sticky, header',
    script: 'manifold',
    variant: 'sticky-header',
    master: true,
  },
  {
    id: 'sticky-address',
    name: 'Manifold sticky, address',
    script: 'manifold',
    variant: 'sticky',
    master: true,
  },
  { id: 'custom', name: 'Manifold custom', script: 'manifold', variant: 'custom', master: true },
]

/** Those that differ in how they meet failures, and in nothing else. */
const others: Contestant[] = [
  {
    id: 'kernel-standby',
    name: 'Manifold kernel, standby',
    script: 'manifold',
    variant: 'kernel+standby',
    since: reusePort,
    master: true,
  },
  {
    id: 'round-robin-standby',
    name: 'Manifold round-robin, standby',
    script: 'manifold',
    variant: 'round-robin+standby',
    master: true,
  },
  {
    id: 'kernel-fast',
    name: 'Manifold kernel, fast beats',
    script: 'manifold',
    variant: 'kernel+fast',
    since: reusePort,
    master: true,
  },
  {
    id: 'round-robin-fast',
    name: 'Manifold round-robin, fast beats',
    script: 'manifold',
    variant: 'round-robin+fast',
    master: true,
  },
  {
    id: 'guarded-kernel',
    name: 'Manifold kernel, guarded',
    script: 'guarded',
    variant: 'kernel',
    since: reusePort,
    master: true,
  },
  {
    id: 'guarded-shared',
    name: 'Manifold shared, guarded',
    script: 'guarded',
    variant: 'shared',
    master: true,
  },
  {
    id: 'guarded-round-robin',
    name: 'Manifold round-robin, guarded',
    script: 'guarded',
    variant: 'round-robin',
    master: true,
  },
  // Where PM2 is, `installPm2` says.
  { id: 'pm2', name: 'PM2', script: 'pm2', variant: '', master: true },
]

/** Those of the given ids which this Node can run; says so of those which it cannot. */
export function selectContestants(ids: string[], node: string): Contestant[] {
  const all = [...contestants, ...others]
  const unknown = ids.filter((id) => !all.some((contestant) => contestant.id === id))
  if (unknown.length > 0) {
    const known = all.map(({ id }) => id).join(', ')
    throw new Error(`--only: no contestant ${unknown.join(', ')}; there are ${known}`)
  }
  const version = nodeVersion(node)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return all.filter(({ id, name, since: [m, n] = [0, 0] }) => {
    if (!ids.includes(id)) return false
    if (major > m || (major === m && minor >= n)) return true
    console.log(`left out: ${name} needs Node ${m}.${n}, this is ${version}`)
    return false
  })
}

export function nodeVersion(node: string): string {
  return execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()
}
