/** A parent for the master, so that it can die, and be upgraded, with nothing dropped. */
export type { GuardianEvents } from './guardian/events.js'
export type { GenerationState } from './guardian/generation/generation.js'
export { guard } from './guardian/guard.js'
export { Guardian } from './guardian/guardian.js'
export type { GuardOptions, MasterRestartOptions } from './guardian/options.js'
export type { GuardianStatus } from './guardian/status.js'
