/**
 * Runs in every worker before the application. The build bundles it, with all that the worker runtime consists of,
 * into one CommonJS file, `preload.cjs`, which Node is told to `--require`: an ESM loader that is started for it, or
 * twenty files to be found, would cost a worker a quarter of its start. It also has everything in memory then, should
 * a new release replace the files.
 *
 * Threads that a worker starts inherit the option, too; without the variable there is nothing else to do for them.
 */
import { BOOT_VARIABLE } from '../ipc/protocol.js'
import { forget, start } from './start.js'

const boot = process.env[BOOT_VARIABLE]
if (boot !== undefined) start(boot)
forget(__filename)
