import { getHeapStatistics } from 'node:v8'
import { heapLimitBytes } from '@manifold/core/internal'
import type { MemoryStatus } from './status.js'

/** Of this process. */
export function readMemory(): MemoryStatus {
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  return {
    rssBytes: process.memoryUsage.rss(),
    heapUsedBytes: used_heap_size,
    heapLimitBytes: heapLimitBytes(heap_size_limit),
  }
}
