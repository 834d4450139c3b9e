import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { until } from './wait.js'

export interface Descriptor {
  fd: number
  /** What it refers to: a path, or `socket:[inode]`, `pipe:[inode]`, `anon_inode:[eventpoll]`. */
  target: string
}

export interface SocketDescriptor extends Descriptor {
  type: 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix' | 'other'
  /** Of TCP and Unix sockets: whether it listens. */
  listening: boolean
  /** The local port, or the path; undefined for an unnamed Unix socket. */
  local: number | string | undefined
}

export interface Child {
  pid: number
  parent: number
  command: string
}

export interface Snapshot {
  pid: number
  /** How many open descriptors there are of each kind. */
  descriptors: Map<string, number>
  children: Set<number>
}

/** All open descriptors of a process; none if it is gone. */
export function openDescriptors(pid = process.pid): Descriptor[] {
  const folder = `/proc/${pid}/fd`
  const descriptors: Descriptor[] = []
  for (const name of orNothing(() => readdirSync(folder)) ?? []) {
    const target = orNothing(() => readlinkSync(`${folder}/${name}`))
    // The one by which this very list is read is gone by now, or shows as the folder itself.
    if (target !== undefined && target !== folder) descriptors.push({ fd: Number(name), target })
  }
  return descriptors
}

/** The sockets among them, with what the kernel's tables say of each. */
export function socketsOf(pid = process.pid): SocketDescriptor[] {
  const sockets = openDescriptors(pid).filter(({ target }) => target.startsWith('socket:['))
  if (sockets.length === 0) return []
  const known = kernelSockets(pid)
  return sockets.map((descriptor) => {
    const inode = descriptor.target.slice('socket:['.length, -1)
    return { ...descriptor, ...(known.get(inode) ?? { type: 'other', listening: false, local: undefined }) }
  })
}

/** All living descendants of a process, nearest first. Zombies are dead; their parent just has not looked yet. */
export function childrenOf(pid = process.pid): Child[] {
  const all = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined
    return stat === undefined || isDead(stat.state) ? [] : [stat]
  })
  const found: Child[] = []
  for (let parents = new Set([pid]); parents.size > 0; ) {
    const generation = all.filter(({ parent }) => parents.has(parent))
    found.push(...generation.map(({ pid, parent, command }) => ({ pid, parent, command })))
    parents = new Set(generation.map((child) => child.pid))
  }
  return found
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid)
  return stat !== undefined && !isDead(stat.state)
}

/** What a process has open and has started, to be compared with later by `assertNoLeaks`. */
export function snapshot(pid = process.pid): Snapshot {
  const sockets = new Map(socketsOf(pid).map((socket) => [socket.fd, socket]))
  const descriptors = new Map<string, number>()
  for (const { fd, target } of openDescriptors(pid)) {
    const socket = sockets.get(fd)
    const kind = socket === undefined ? target.replace(/:\[\d+\]$/, '') : socketKind(socket)
    descriptors.set(kind, (descriptors.get(kind) ?? 0) + 1)
  }
  return { pid, descriptors, children: new Set(childrenOf(pid).map((child) => child.pid)) }
}

interface LeakOptions {
  /** Milliseconds that closing and dying may take. @default 5_000 */
  timeoutMs?: number
  /** Processes that must be gone as well; an orphan is no longer anybody's child here. */
  gone?: Iterable<number>
}

/** Waits, within bounds, until nothing is open or alive that was not so before; else fails and shows what is extra. */
export async function assertNoLeaks(
  before: Snapshot,
  { timeoutMs = 5_000, gone = [] }: LeakOptions = {},
): Promise<void> {
  const pids = [...gone]
  let extra: string[] = []
  await until(
    () => {
      extra = extraSince(before, pids)
      return extra.length === 0
    },
    { timeoutMs, what: () => `the end of what process ${before.pid} left behind:\n  ${extra.join('\n  ')}` },
  )
}

function extraSince(before: Snapshot, gone: number[]): string[] {
  const now = snapshot(before.pid)
  const descriptors = [...now.descriptors].flatMap(([kind, count]) => {
    const more = count - (before.descriptors.get(kind) ?? 0)
    return more > 0 ? [`${more} × ${kind}`] : []
  })
  const children = childrenOf(before.pid).filter(({ pid }) => !before.children.has(pid))
  const orphans = gone.filter((pid) => isAlive(pid) && !children.some((child) => child.pid === pid))
  return [
    ...descriptors,
    ...children.map(({ pid, parent, command }) => `process ${pid} (${command}), child of ${parent}`),
    ...orphans.map((pid) => `process ${pid}, not a descendant any more`),
  ]
}

/** Of a connection the port is no part of its kind: every new one has another. */
function socketKind({ type, listening, local }: SocketDescriptor): string {
  const bound = listening || type.startsWith('udp')
  return bound ? `${type} socket ${listening ? 'listening' : 'bound'} on ${local}` : `${type} socket`
}

interface Stat {
  pid: number
  parent: number
  command: string
  state: string
}

function readStat(pid: number): Stat | undefined {
  const text = orNothing(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  // The command may itself hold spaces and parentheses, so the fields are counted from its last one.
  const match = /^\d+ \((.*)\) (\S) (\d+) /s.exec(text ?? '')
  if (match === null) return undefined
  return { pid, command: match[1]!, state: match[2]!, parent: Number(match[3]) }
}

function isDead(state: string): boolean {
  return state === 'Z' || state === 'X'
}

type KernelSocket = Omit<SocketDescriptor, keyof Descriptor>

/** By inode: the tables of the network namespace in which the process lives. */
function kernelSockets(pid: number): Map<string, KernelSocket> {
  const sockets = new Map<string, KernelSocket>()
  const rows = (table: string) =>
    (orNothing(() => readFileSync(`/proc/${pid}/net/${table}`, 'latin1')) ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
  for (const type of ['tcp', 'tcp6', 'udp', 'udp6'] as const) {
    for (const [, address, , state, , , , , , inode] of rows(type)) {
      if (address === undefined || inode === undefined) continue
      const local = Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)
      sockets.set(inode, { type, listening: type.startsWith('tcp') && state === '0A', local })
    }
  }
  for (const [, , , flags, , , inode, path] of rows('unix')) {
    if (flags === undefined || inode === undefined) continue
    // __SO_ACCEPTCON: set on a Unix socket that listens.
    const listening = (Number.parseInt(flags, 16) & 0x10000) !== 0
    sockets.set(inode, { type: 'unix', listening, local: path })
  }
  return sockets
}

/** Processes and descriptors vanish while they are looked at; that is an answer, not an error. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
