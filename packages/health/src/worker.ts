/** For code inside a worker: `import { exposeMetrics } from '@manifold/health/worker'`. */
export { exposeMetrics, type MetricsRegistry } from './observe/metrics/expose.js'
