import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Master, type Worker } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { fixture, temporaryDirectory } from '../helpers/fixture.js'
import { once } from '../helpers/wait.js'

const formatter = fileURLToPath(import.meta.resolve('@manifold-examples/event-log/format'))

test('the event log of a life, and what the formatter makes of it', async (t) => {
  const file = join(temporaryDirectory(t), 'events.jsonl')
  const master = new Master({
    groups: { web: { exec: fixture('apps/http'), listen: { http: { port: 0, host: '127.0.0.1' } } } },
  })
  t.after(() => master.destroy())
  const supervisor = supervise(master, { log: { file }, restart: { minDelayMs: 10, maxDelayMs: 10 } })
  await master.start()
  const respawn = once<[Worker]>(supervisor, 'respawn')
  const [first] = master.group('web').workers
  process.kill(first!.pid!, 'SIGKILL')
  const [second] = await respawn
  await master.stop()

  // All of it is there once the master has stopped.
  const content = readFileSync(file, 'utf8')
  const lines = content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const life = (worker: Worker | undefined) =>
    lines.flatMap((line) => (line.worker?.id === worker?.id ? line.event : []))
  assert.deepEqual(
    life(first).filter((event) => event !== 'vacant'),
    ['fork', 'online', 'listening', 'ready', 'disconnect', 'exit'],
  )
  assert.deepEqual(life(second).slice(0, 5), ['fork', 'online', 'listening', 'ready', 'respawn'])
  assert.equal(lines.at(0).event, 'setup')
  assert.equal(lines.at(-1).event, 'stopped')
  const times = lines.map(({ time }) => time)
  assert.deepEqual(times, times.toSorted())

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [formatter, file])
  assert.equal(stderr, '')
  assert.equal(stdout.trimEnd().split('\n').length, lines.length)
  assert.match(
    stdout,
    new RegExp(`^[-0-9]+ [:.0-9]+ {2}exit +web/0 +pid ${first!.pid} +SIGKILL  after `, 'm'),
  )

  const piped = spawn(process.execPath, [formatter], { stdio: ['pipe', 'pipe', 'inherit'] })
  piped.stdin.end(content)
  assert.equal(await text(piped.stdout), stdout)
})
