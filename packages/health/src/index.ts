export type { SupervisorEvents } from './events.js'
export type { RestartOptions, SuperviseOptions } from './options.js'
export { supervise } from './supervise.js'
export type { Supervisor } from './supervisor.js'
