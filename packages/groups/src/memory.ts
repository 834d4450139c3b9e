import { getHeapStatistics } from 'node:v8'
import type { MemoryStatus } from './status.js'

/** Of this process. */
export function readMemory(): MemoryStatus {
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  return {
    rssBytes: process.memoryUsage.rss(),
    heapUsedBytes: used_heap_size,
    heapLimitBytes: heap_size_limit,
  }
}
