import { spawn } from 'node:child_process'

/** A parent of a master that does nothing for it. */
const child = spawn(process.execPath, [process.argv[2]!], { stdio: 'inherit' })
process.on('SIGTERM', () => child.kill())
