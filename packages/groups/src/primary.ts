/** What `cluster.ts` loads in a primary only. */
export { takeOverPrimary } from './cluster/primary.js'
