import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  GUARD_VERSION,
  type GuardedMessage,
  GuardianLink,
  type GuardianMessage,
  type Line,
} from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

const boot = {
  ...{ version: GUARD_VERSION, generation: 3, lifeline: 3, beatMs: 100 },
  ...{ watchdog: undefined, inherited: [], alerts: undefined },
}

/** A link, what its guardian hears, and how that speaks and goes. */
class Bench {
  readonly clock = new FakeClock()
  readonly heard: string[] = []
  connected = true
  say: (message: GuardianMessage) => void = () => {}
  lose: () => void = () => {}
  readonly link: GuardianLink

  constructor() {
    const bench = this
    const post = (body: object, written: (error: Error | null) => void) => {
      this.heard.push((body as GuardedMessage).t)
      written(null)
    }
    const line: Line = {
      port: {
        pipelines: true,
        check: () => {},
        post: (body, _handle, written) => post(body, written),
        postAhead: (body) => post(body, () => {}),
        postOwn: () => {},
        listen: ({ message }) => {
          this.say = (body) => message(body, undefined)
        },
        get connected() {
          return bench.connected
        },
        congested: false,
        foreignHandle: false,
      },
      onLost: (callback) => {
        this.lose = callback
      },
      hangUp: () => {
        this.connected = false
      },
    }
    this.link = new GuardianLink(boot, line, this.clock)
  }
}

test('a master says hello, and beats until its guardian is gone; then it is alone', async () => {
  const bench = new Bench()
  let lost = 0
  bench.link.on('lost', () => lost++)
  assert.deepEqual(bench.heard, ['hello'])
  bench.clock.advance(250)
  assert.deepEqual(bench.heard, ['hello', 'beat', 'beat'])
  assert.equal(process.listenerCount('SIGINT'), 1)
  bench.lose()
  bench.clock.advance(1_000)
  bench.link.upgrade()
  assert.equal(bench.heard.length, 3)
  assert.equal(lost, 1)
  assert.equal(bench.link.open, false)
  assert.equal(bench.link.store.leavesFiles, true)
  assert.equal(process.listenerCount('SIGINT'), 0)
  await bench.link.store.loaded()
})

test('a link that is closed has said its last word, and is not lost', async () => {
  const bench = new Bench()
  bench.link.on('lost', () => assert.fail('it was closed'))
  bench.link.settled(1_000)
  bench.link.stopping('stop')
  await bench.link.close()
  assert.deepEqual(bench.heard, ['hello', 'settled', 'stopping'])
  assert.equal(bench.connected, false)
  bench.lose()
  assert.equal(bench.link.store.leavesFiles, false)
})

test('one master of a process is guarded, and learns what was said before it listened', () => {
  const bench = new Bench()
  bench.say({ t: 'stop', cause: 'replace' })
  assert.equal(bench.link.told, 'replace')
  assert.equal(bench.link.claim(), true)
  assert.equal(bench.link.claim(), false)
  bench.lose()
})
