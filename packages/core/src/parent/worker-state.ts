import { Machine, type Transitions } from '../machine.js'

export type WorkerState = 'starting' | 'online' | 'waiting' | 'ready' | 'draining' | 'exited'

const TRANSITIONS: Transitions<WorkerState> = {
  starting: ['online', 'draining', 'exited'],
  online: ['waiting', 'ready', 'draining', 'exited'],
  // It has loaded its program, and has no slot.
  waiting: ['online', 'draining', 'exited'],
  ready: ['draining', 'exited'],
  draining: ['exited'],
  exited: [],
}

export function workerMachine(what: string): Machine<WorkerState> {
  return new Machine(what, TRANSITIONS, 'starting')
}
