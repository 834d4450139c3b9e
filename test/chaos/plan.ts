import { type ChaosGroup, SHORT_MS, SLOW_START_MS } from './groups.js'
import { type FaultOrder, type KindName, kindNames, kinds, type Mood, type Strike } from './kinds.js'
import { Random } from './random.js'

export interface Fault {
  readonly type: 'fault'
  /** From 1 on. */
  readonly number: number
  readonly kind: KindName
  readonly group: string
  readonly slot: number
  readonly strike: Strike
  /** For the processes that start next in the group. */
  readonly moods: readonly Mood[]
  /** A signal for the same process before the first fault is over. */
  readonly also: { readonly signal: NodeJS.Signals; readonly afterMs: number } | undefined
}

/** What happens to healthy services as well. */
export interface Operation {
  readonly type: 'operation'
  readonly do: 'reload' | 'scale'
  readonly group: string
}

/** What happens to the master: alone, once all else is over. */
export interface Upheaval {
  readonly type: 'upheaval'
  readonly do: 'SIGKILL' | 'SIGSTOP' | 'upgrade' | 'failed upgrade'
}

/** How long after the one before it comes. */
export type Step = { readonly gapMs: number } & (Fault | Operation | Upheaval)

const GAP_MS = [100, 300] as const
const OPERATIONS = 0.05
const UPHEAVALS = 0.06
const SECOND_BLOW = 0.1

/** All that happens, and when: the seed alone decides. Ends after so many faults. */
export function* plan(
  seed: number,
  faults: number,
  groups: readonly ChaosGroup[],
  only: readonly KindName[] = kindNames,
  upheavals = true,
): Generator<Step> {
  const random = new Random(seed)
  const weights = Object.fromEntries(only.map((name) => [name, kinds[name].weight])) as Record<
    KindName,
    number
  >
  for (let number = 1; number <= faults; ) {
    const gapMs = random.integer(...GAP_MS)
    if (upheavals && random.chance(UPHEAVALS)) {
      const kinds = { SIGKILL: 4, SIGSTOP: 1, upgrade: 3, 'failed upgrade': 1 }
      yield { type: 'upheaval', gapMs, do: random.weighted(kinds) }
      continue
    }
    const group = random.pick(groups)
    if (random.chance(OPERATIONS)) {
      yield { type: 'operation', gapMs, do: random.pick(['reload', 'scale'] as const), group: group.name }
      continue
    }
    const kind = random.weighted(weights)
    const slot = random.integer(0, group.workers - 1)
    const strike = strikeOf(kind, random)
    const moods = moodsOf(kind, random)
    const also = random.chance(SECOND_BLOW)
      ? { signal: random.pick(['SIGKILL', 'SIGTERM'] as const), afterMs: random.integer(0, 150) }
      : undefined
    yield { type: 'fault', gapMs, number: number++, kind, group: group.name, slot, strike, moods, also }
  }
}

function strikeOf(kind: KindName, random: Random): Strike {
  const order = (what: FaultOrder): Strike => ({ order: what })
  switch (kind) {
    case 'SIGKILL':
    case 'slow start':
    case 'failed start':
    case 'killed start':
      return { signal: 'SIGKILL' }
    case 'short SIGSTOP':
      return { signal: 'SIGSTOP', thenContinueAfterMs: random.integer(...SHORT_MS) }
    case 'long SIGSTOP':
      return { signal: 'SIGSTOP' }
    case 'exit 0':
    case 'exit 1':
    case 'exit 7':
      return order({ do: 'exit', code: Number(kind.slice(-1)) })
    case 'uncaught exception':
      return order({ do: 'throw' })
    case 'unhandled rejection':
      return order({ do: 'reject' })
    case 'full heap':
      return order({ do: 'fill heap' })
    case 'channel closed':
      return order({ do: 'disconnect' })
    case 'short hang':
      return order({ do: 'block', ms: random.integer(...SHORT_MS) })
    case 'long hang':
      return order({ do: 'block', ms: 0 })
    default:
      return kind satisfies never
  }
}

function moodsOf(kind: KindName, random: Random): Mood[] {
  if (kind === 'slow start') return [{ start: 'slowly', ms: random.integer(...SLOW_START_MS) }]
  if (kind !== 'failed start') return []
  // A start that never gets ready takes the whole of its time: seldom, and one at a time.
  if (random.chance(0.15)) return [{ start: 'never' }]
  return Array.from({ length: random.integer(1, 3) }, () => ({ start: 'exits' }))
}
