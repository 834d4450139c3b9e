import type { Vitals } from '@manifold/core'
import type { Delays } from '@manifold/core/internal'
import type { GroupStatus, SlotStatus, SocketStatus } from '@manifold/groups'
import { countServing, type Silent, serves } from '../serving.js'
import type { SupervisorStatus } from '../status.js'
import type { CustomMetrics } from './custom.js'
import { counter, type Family, gauge, type Labels, type Sample, sample } from './family.js'
import type { Totals } from './totals.js'

/** What one scrape is made of. */
export interface Scrape {
  readonly status: SupervisorStatus
  /** The ids of the workers that hang. */
  readonly silent: Silent
  readonly totals: Totals
  readonly slotTotals: ReturnType<Totals['slots']>
  /** Of the master's own event loop; undefined if nothing is known of it yet. */
  readonly delay: Delays | undefined
  readonly custom: CustomMetrics
}

/** A slot, and who is in it. */
interface Seat {
  readonly labels: Labels
  readonly group: string
  readonly status: SlotStatus
}

const STATES = ['idle', 'starting', 'running', 'stopping', 'stopped'] as const

/** What the framework knows by itself. */
export function families(scrape: Scrape): Family[] {
  const seats = Object.entries(scrape.status.groups).flatMap(seatsOf)
  return [
    ...masterFamilies(scrape),
    ...groupFamilies(scrape),
    ...socketFamilies(scrape),
    ...slotFamilies(scrape, seats),
    ...vitalFamilies(seats),
    ...scrapeFamilies(scrape),
  ].filter(({ values }) => values.length > 0)
}

function masterFamilies({ status, delay }: Scrape): Family[] {
  const { uptimeMs, memory } = status
  return [
    gauge(
      'master_state',
      'Whether the master is in that state.',
      STATES.map((state) => sample(Number(status.state === state), { state })),
    ),
    gauge('master_uptime_seconds', 'For how long there has been a master.', [sample(uptimeMs / 1_000)]),
    gauge('master_resident_memory_bytes', 'Resident memory of the master.', [sample(memory.rssBytes)]),
    gauge('master_heap_used_bytes', 'Heap that the master uses.', [sample(memory.heapUsedBytes)]),
    gauge('master_event_loop_delay_p50_seconds', DELAY_HELP.p50, [sample(inSeconds(delay?.delayP50Ms))]),
    gauge('master_event_loop_delay_p99_seconds', DELAY_HELP.p99, [sample(inSeconds(delay?.delayP99Ms))]),
    gauge('master_event_loop_delay_max_seconds', DELAY_HELP.max, [sample(inSeconds(delay?.delayMaxMs))]),
  ]
}

const DELAY_HELP = {
  p50: 'How late its event loop was, since the scrape before: median.',
  p99: 'How late its event loop was, since the scrape before: 99th percentile.',
  max: 'How late its event loop was at most, since the scrape before.',
}

function groupFamilies({ status, silent }: Scrape): Family[] {
  const of = (value: (group: GroupStatus) => number) =>
    Object.entries(status.groups).map(([group, its]) => sample(value(its), { group }))
  return [
    gauge(
      'group_workers',
      'How many workers the group should have.',
      of(({ workers }) => workers),
    ),
    gauge(
      'group_workers_serving',
      'How many of its workers are ready, and have not fallen silent.',
      of((group) => countServing(group, silent)),
    ),
    gauge(
      'group_workers_standby',
      'How many workers have loaded the application and wait for a slot.',
      of(({ standby }) => standby.filter(({ state }) => state === 'waiting').length),
    ),
    gauge(
      'group_crash_loop',
      'Whether its workers die too often.',
      Object.entries(status.supervision).map(([group, { crashLoop }]) =>
        sample(Number(crashLoop), { group }),
      ),
    ),
  ]
}

function socketFamilies({ status }: Scrape): Family[] {
  const sockets = Object.entries(status.groups).flatMap(([group, its]) =>
    Object.entries(its.sockets).map(([socket, figures]) => ({ labels: { group, socket }, figures })),
  )
  const of = (value: (figures: SocketStatus) => number | null) =>
    sockets.map(({ labels, figures }) => sample(value(figures) ?? undefined, labels))
  return [
    gauge(
      'socket_waiting_connections',
      'Connections that the master has accepted and that no worker has yet.',
      of(({ waiting }) => waiting),
    ),
    gauge(
      'socket_accept_queue_connections',
      'Connections that wait in the kernel to be accepted.',
      of(({ acceptQueue }) => acceptQueue),
    ),
    gauge(
      'socket_receive_queue_bytes',
      'What waits in the kernel to be read from a UDP socket.',
      of(({ receiveQueueBytes }) => receiveQueueBytes),
    ),
  ]
}

function slotFamilies({ silent, slotTotals }: Scrape, seats: readonly Seat[]): Family[] {
  const of = (value: (seat: Seat) => number | undefined) =>
    seats.map((seat) => sample(value(seat), seat.labels))
  const total = (what: 'accepted' | 'requests') =>
    of(({ group, status: { slot } }) => slotTotals(group, slot)[what])
  return [
    gauge(
      'worker_up',
      'Whether a worker serves in the slot, and has not fallen silent.',
      of(({ status }) => Number(serves(status.worker, silent))),
    ),
    counter(
      'worker_restarts_total',
      'How many workers were started in the slot after its first.',
      of(({ status }) => status.restarts),
    ),
    gauge(
      'worker_retiring',
      'How many workers that were replaced are finishing.',
      of(({ status }) => status.retiring.length),
    ),
    gauge(
      'worker_uptime_seconds',
      'For how long its process has run.',
      of(({ status: { worker } }) => (worker ? worker.uptimeMs / 1_000 : undefined)),
    ),
    gauge(
      'worker_silent_seconds',
      'For how long it has said nothing.',
      of(({ status: { worker } }) => (worker ? worker.silentMs / 1_000 : undefined)),
    ),
    counter(
      'worker_accepted_connections_total',
      'Connections that workers of the slot have taken, those that are gone included.',
      total('accepted'),
    ),
    counter(
      'worker_requests_total',
      'HTTP requests that workers of the slot were given, those that are gone included.',
      total('requests'),
    ),
  ]
}

function vitalFamilies(seats: readonly Seat[]): Family[] {
  const of = (value: (vitals: Vitals) => number): (Sample | undefined)[] =>
    seats.map(({ labels, status: { worker } }) =>
      sample(worker?.vitals ? value(worker.vitals) : undefined, labels),
    )
  return [
    gauge(
      'worker_event_loop_delay_p50_seconds',
      'How late its event loop was, in its last beat: median.',
      of(({ delayP50Ms }) => delayP50Ms / 1_000),
    ),
    gauge(
      'worker_event_loop_delay_p99_seconds',
      'How late its event loop was, in its last beat: 99th percentile.',
      of(({ delayP99Ms }) => delayP99Ms / 1_000),
    ),
    gauge(
      'worker_event_loop_delay_max_seconds',
      'How late its event loop was at most, in its last beat.',
      of(({ delayMaxMs }) => delayMaxMs / 1_000),
    ),
    gauge(
      'worker_event_loop_utilization_ratio',
      'For what part of the time its event loop had something to do, in its last beat.',
      of(({ utilization }) => utilization),
    ),
    gauge(
      'worker_resident_memory_bytes',
      'Resident memory of the worker.',
      of(({ rssBytes }) => rssBytes),
    ),
    gauge(
      'worker_heap_used_bytes',
      'Heap that the worker uses.',
      of(({ heapUsedBytes }) => heapUsedBytes),
    ),
    gauge(
      'worker_heap_limit_bytes',
      'Heap at which V8 gives up.',
      of(({ heapLimitBytes }) => heapLimitBytes),
    ),
    gauge(
      'worker_open_connections',
      'Connections that the servers of the worker have open.',
      of(({ connections }) => connections),
    ),
  ]
}

function scrapeFamilies({ totals, custom }: Scrape): Family[] {
  const perGroup = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([group, count]) => sample(count, { group }))
  return [
    counter(
      'events_total',
      'Events of the master and of its supervisor, as the event log has them.',
      [...totals.events].map(({ labels, count }) => sample(count, labels)),
    ),
    gauge(
      'scrape_workers_unanswered',
      'Workers that did not tell their own metrics in this scrape.',
      perGroup(custom.unanswered),
    ),
    gauge(
      'scrape_metrics_dropped',
      'Metrics of workers that this scrape leaves out, as their name or type is taken, or no such thing.',
      perGroup(custom.dropped),
    ),
  ]
}

function seatsOf([group, { slots }]: [string, GroupStatus]): Seat[] {
  return slots.map((status) => ({ labels: { group, slot: status.slot }, group, status }))
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}
