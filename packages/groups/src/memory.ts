import { getHeapStatistics } from 'node:v8'
import { heapLimitBytes } from '@manifold/core/internal'
import type { MemoryStatus } from './status.js'

let rssBytes = 0

/** Of this process. Without a descriptor left, Node cannot tell how much is resident: what it was last, then. */
export function readMemory(): MemoryStatus {
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  return {
    rssBytes: readResident(),
    heapUsedBytes: used_heap_size,
    heapLimitBytes: heapLimitBytes(heap_size_limit),
  }
}

function readResident(): number {
  try {
    rssBytes = process.memoryUsage.rss()
  } catch {
    // EMFILE: a picture of a master that is in trouble must not fail for that.
  }
  return rssBytes
}
