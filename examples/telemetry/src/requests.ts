/** Who answers what. TypeScript checks both ends by it. */

import type { MasterStatus } from '@manifold/groups'
import type { Batch, Query, Report } from './store/messages.js'

declare module '@manifold/core/worker' {
  interface Requests {
    master: { status(): MasterStatus }
    store: {
      add(batch: Batch): void
      query(query: Query): Report
    }
  }
}
