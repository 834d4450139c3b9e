import { Machine, type Transitions } from '../machine.js'

export type WorkerState = 'starting' | 'online' | 'ready' | 'draining' | 'exited'

const TRANSITIONS: Transitions<WorkerState> = {
  starting: ['online', 'draining', 'exited'],
  online: ['ready', 'draining', 'exited'],
  ready: ['draining', 'exited'],
  draining: ['exited'],
  exited: [],
}

export function workerMachine(what: string): Machine<WorkerState> {
  return new Machine(what, TRANSITIONS, 'starting')
}
