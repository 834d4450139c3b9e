import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type GroupOptions, type HangReport, Master, type Worker } from '@manifold/groups'
import { fixture } from '../../helpers/fixture.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const heartbeat = { intervalMs: 50, timeoutMs: 300 }
const web: GroupOptions = { exec: fixture('workers/hang'), workers: 1, ready: 'manual', heartbeat }

test('a master tells what a worker hangs in, and how it was before', async () => {
  const master = new Master({ groups: { web } })
  const watched = once(master, 'message', { filter: (_worker, message) => message === 'watched' })
  const beat = once(master, 'beat')
  await master.start()
  await Promise.all([watched, beat])
  const hang = once<[Worker, HangReport]>(master, 'hang')
  const [worker] = master.group('web').workers
  worker!.send(['loop', 1_500])
  const [who, report] = await hang
  assert.equal(who, worker)
  assert.match(report.stack!, /^ {4}at spinInALoop \(file:.*hang\.js:\d+:\d+\)$/m)
  assert.equal(report.why, undefined)
  assert.ok(report.hungMs >= heartbeat.timeoutMs)
  assert.ok(report.vitals!.heapUsedBytes > 1_000_000)
  await master.stop()
})

test('a group that wants no reports has none', async () => {
  const master = new Master({ groups: { web: { ...web, hangReport: false } } })
  const hangs: unknown[] = []
  const said: unknown[] = []
  master.on('hang', (_worker, report) => hangs.push(report))
  master.on('message', (_worker, message) => said.push(message))
  await master.start()
  const through = once(master, 'message')
  master.group('web').workers[0]!.send(['loop', 1_000])
  await through
  await master.stop()
  assert.deepEqual([hangs, said], [[], ['through with loop']])
})
