import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OptionError } from '@manifold/core'
import { parseAlerts } from '@manifold/health/internal'

describe('the options of alerts', () => {
  test('have defaults, and survive JSON', () => {
    const webhook = { url: 'https://example.com/hook', headers: {}, timeoutMs: 5_000, attempts: 5 }
    const expected = { command: 'mail root', webhook, minIntervalMs: 60_000 }
    const parsed = parseAlerts('alerts', { command: 'mail root', webhook: 'https://example.com/hook' })
    assert.deepEqual(parsed, expected)
    assert.deepEqual(parseAlerts('alerts', JSON.parse(JSON.stringify(parsed))), expected)
    assert.equal(parseAlerts('alerts', undefined), undefined)
    assert.deepEqual(parseAlerts('alerts', { command: ['logger', ''], minIntervalMs: 0 }), {
      command: ['logger', ''],
      minIntervalMs: 0,
    })
  })

  for (const [value, option] of [
    [null, 'alerts'],
    [{}, 'alerts'],
    [{ minIntervalMs: 5 }, 'alerts'],
    [{ command: '' }, 'alerts.command'],
    [{ command: 7 }, 'alerts.command'],
    [{ command: [] }, 'alerts.command[0]'],
    [{ command: ['logger', 7] }, 'alerts.command[1]'],
    [{ command: 'x', kommand: 'x' }, 'alerts.kommand'],
    [{ command: 'x', minIntervalMs: -1 }, 'alerts.minIntervalMs'],
    [{ webhook: 'example.com' }, 'alerts.webhook'],
    [{ webhook: 'ftp://example.com' }, 'alerts.webhook'],
    [{ webhook: {} }, 'alerts.webhook.url'],
    [{ webhook: { url: 'http://a/', headers: { a: 1 } } }, 'alerts.webhook.headers.a'],
    [{ webhook: { url: 'http://a/', headers: { a: 'b\r\nc: d' } } }, 'alerts.webhook.headers.a'],
    [{ webhook: { url: 'http://a/', headers: { 'a b': 'c' } } }, 'alerts.webhook.headers'],
    [{ webhook: { url: 'http://a/', timeoutMs: 0 } }, 'alerts.webhook.timeoutMs'],
    [{ webhook: { url: 'http://a/', attempts: 0 } }, 'alerts.webhook.attempts'],
    [{ webhook: { url: 'http://a/', retries: 1 } }, 'alerts.webhook.retries'],
  ] as const) {
    test(`say that ${option} is wrong in ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => parseAlerts('alerts', value),
        (error: OptionError) => error.option === option,
      )
    })
  }
})
