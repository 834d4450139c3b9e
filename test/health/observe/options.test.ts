import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import type { Master } from '@manifold/groups'
import { type SuperviseOptions, supervise } from '@manifold/health'

const master = Object.assign(new EventEmitter(), { group() {} }) as unknown as Master

describe('a supervisor refuses, naming the option of what is seen from outside:', () => {
  const wrong: readonly [options: unknown, option: string][] = [
    [{ log: 'events.jsonl' }, 'log'],
    [{ log: {} }, 'log.file'],
    [{ log: { file: '' } }, 'log.file'],
    [{ log: { file: 'x', maxByte: 1 } }, 'log.maxByte'],
    [{ log: { file: 'x', maxBytes: 65_535 } }, 'log.maxBytes'],
    [{ log: { file: 'x', maxFiles: 0 } }, 'log.maxFiles'],
    [{ log: { file: 'x', maxFiles: 101 } }, 'log.maxFiles'],
    [{ log: { file: '/nowhere/x' } }, 'log.file'],
    [{ log: { stream: 'stderr' } }, 'log.stream'],
    [{ log: { stream: {} } }, 'log.stream'],
    [{ log: { stream: process.stderr, file: 'x' } }, 'log.file'],
    [{ http: '9100' }, 'http'],
    [{ http: true }, 'http'],
    [{ http: 65_536 }, 'http.port'],
    [{ http: {} }, 'http'],
    [{ http: { port: 0, host: '' } }, 'http.host'],
    [{ http: { port: 0, path: 'x' } }, 'http.port'],
    [{ http: { path: '' } }, 'http.path'],
    [{ http: { path: 'x', mode: 0o1777 } }, 'http.mode'],
    [{ http: { udp: 0 } }, 'http.udp'],
    [{ groups: { web: { http: 0 } } }, 'groups.web.http'],
  ]
  for (const [options, option] of wrong) {
    const shown = JSON.stringify(options, (_, value) => (value === process.stderr ? 'stderr' : value))
    test(`${option} of ${shown}`, () => {
      assert.throws(() => supervise(master, options as SuperviseOptions), {
        code: 'ERR_MANIFOLD_OPTION',
        option,
      })
      assert.deepEqual((master as unknown as EventEmitter).eventNames(), [])
    })
  }
})
