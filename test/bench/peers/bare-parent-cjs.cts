// The least that a parent of a master can be: Node, with one child.
const { spawn } = require('node:child_process')

const child = spawn(process.execPath, [process.argv[2]], { stdio: 'inherit' })
process.on('SIGTERM', () => child.kill())
