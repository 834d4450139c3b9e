/** How a program's trace differs from that under `node:cluster`, on purpose. */
export interface Difference {
  /** As `docs/cluster.md` gives it. */
  readonly reason: string
  /** The Node lines on which it does, where it is not all of them. */
  readonly since?: number
  readonly before?: number
  /** The lines that only `node:cluster` gives, in order. */
  readonly without: readonly RegExp[]
  /** The lines that only ours gives, in order. */
  readonly instead: readonly RegExp[]
}

/** By the name of the program. */
const differences: Readonly<Record<string, readonly Difference[]>> = {
  'async/context': [
    {
      reason: 'What a program does in a callback of `listen` or `bind` belongs to where it called that.',
      without: [/^callback undefined$/, /^closed undefined$/, /^bound undefined$/],
      instead: [/^callback 'listen'$/, /^closed 'listen'$/, /^bound 'bind'$/],
    },
  ],
  'listen-unix/stale': [
    {
      reason: 'A Unix socket whose owner is dead is taken over: who was killed cannot tidy up.',
      without: [/^error 'EADDRINUSE'$/],
      instead: [/^listening$/],
    },
  ],
  'listen-unix/too-long-path': [
    {
      reason: 'A server must not listen elsewhere in silence.',
      before: 24,
      without: [/^cluster listening /, /^cluster exit <Worker 1> 1 null$/, /^listening$/],
      instead: [/^cluster exit <Worker 1> 0 null$/, /^error \[Error: bind ENAMETOOLONG /],
    },
    {
      reason: 'A path too long for the kernel is ENAMETOOLONG.',
      since: 24,
      without: [/^error \[Error: bind EINVAL /],
      instead: [/^error \[Error: bind ENAMETOOLONG /],
    },
  ],
  'module/esm': [
    {
      reason:
        'One file serves primary and worker, and must say what it exports before it knows which it is in.',
      without: [
        /^names /,
        /^names \[ 'Worker', 'default', 'isMaster', 'isPrimary', 'isWorker', 'worker' \]$/,
      ],
      instead: [/^names /, /^names /],
    },
  ],
  'module/members-of-primary': [
    {
      reason: 'Functions have names, for stack traces.',
      without: [/^names '' '' '' 'Worker'$/],
      instead: [/^names 'fork' 'setupPrimary' 'disconnect' 'Worker'$/],
    },
  ],
  'udp/reuse-address': [
    {
      reason: 'Two UDP sockets of one worker on one port work, as Node documents it.',
      since: 22,
      without: [
        /^cluster exit <Worker 1> 1 null$/,
        /^\[stderr\]$/,
        /^Error \[ERR_INTERNAL_ASSERTION\]/,
        /^Please open an issue/,
        /^\{$/,
        /^ {2}code: 'ERR_INTERNAL_ASSERTION'$/,
        /^\}$/,
        /^Node\.js v/,
      ],
      instead: [/^cluster exit <Worker 1> 0 null$/, /^\[worker 1\]$/, /^listening \{/],
    },
  ],
}

/** The difference that is expected of a program on a Node line, if one is. */
export function differenceOf(name: string, line: number): Difference | undefined {
  return differences[name]?.find(({ since = 0, before = Infinity }) => since <= line && line < before)
}

/** Programs for which the table has something to say: each of them exists. */
export const programsThatDiffer = Object.keys(differences)
