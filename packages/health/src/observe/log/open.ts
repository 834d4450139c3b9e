import { type ManifoldError, OptionError } from '@manifold/core'
import { EventLog } from './event-log.js'
import { LogFile } from './log-file.js'
import { LogStream } from './log-stream.js'
import type { LogConfig } from './options.js'

/** @throws {OptionError} if the file cannot be appended to. */
export function openLog(config: LogConfig, failed: (error: ManifoldError) => void): EventLog {
  if ('stream' in config) {
    const log: EventLog = new EventLog(new LogStream(config.stream, (error) => log.fail(error)), failed)
    return log
  }
  try {
    return new EventLog(new LogFile(config), failed)
  } catch (error) {
    throw new OptionError(
      'log.file',
      `a file that can be appended to (${(error as Error).message})`,
      config.file,
    )
  }
}
