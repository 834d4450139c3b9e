/** For our own packages and tests. Not for users: it changes without notice. */
export { AddressBook, isWildcard, overlaps } from './address-book.js'
export { usableCpus } from './cpus.js'
export { Queue } from './distribution/queue.js'
export { RoundRobin } from './policies/round-robin.js'
export { addressOf, areTwins, closeness, keyOf, serves, specOf } from './query.js'
export { Releases } from './releases.js'
export type { SlotHost } from './slot.js'
export { Slots } from './slots.js'
