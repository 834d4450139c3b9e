import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { OptionError } from '@manifold/core'
import { parseCommandLine, parseGuard } from '@manifold/health/internal'

describe('the options of a guardian', () => {
  test('have defaults', () => {
    const { clock: _, ...config } = parseGuard('master.js', {})
    const cwd = process.env.PWD ?? process.cwd()
    const script = path.join(cwd, 'master.js')
    assert.deepEqual(config, {
      name: `${cwd}\0${script}`,
      program: { script, args: [], execArgv: process.execArgv, execPath: process.execPath, env: {}, cwd },
      ...{ fds: [], inherited: [], settleTimeoutMs: 60_000, heartbeat: { timeoutMs: 2_500 } },
      restart: {
        ...{ policy: 'always', minDelayMs: 100, maxDelayMs: 30_000, stableAfterMs: 30_000 },
        ...{ maxRestarts: 10, withinMs: 60_000, onCrashLoop: 'retry' },
      },
      ...{ signals: true, alerts: undefined, log: undefined },
    })
  })

  test('can be switched off', () => {
    assert.equal(parseGuard('master.js', { heartbeat: false }).heartbeat, undefined)
  })

  const wrong: [option: string, master: unknown, options: unknown][] = [
    ['master', 1, {}],
    ['master', '', {}],
    ['options', 'master.js', null],
    ['options.nmae', 'master.js', { nmae: 'x' }],
    ['name', 'master.js', { name: '' }],
    ['args', 'master.js', { args: 'x' }],
    ['env.A', 'master.js', { env: { A: 1 } }],
    ['fds', 'master.js', { fds: 3 }],
    ['fds[1]', 'master.js', { fds: [3, 1] }],
    ['settleTimeoutMs', 'master.js', { settleTimeoutMs: 0 }],
    ['heartbeat.timeoutMs', 'master.js', { heartbeat: { timeoutMs: 50 } }],
    ['heartbeat', 'master.js', { heartbeat: true }],
    ['restart.policy', 'master.js', { restart: { policy: 'never' } }],
    ['restart.maxDelayMs', 'master.js', { restart: { minDelayMs: 500, maxDelayMs: 100 } }],
    ['restart.on', 'master.js', { restart: { on: () => true } }],
    ['signals', 'master.js', { signals: 'SIGTERM' }],
    ['log.file', 'master.js', { log: { file: 7 } }],
  ]
  for (const [option, master, options] of wrong) {
    test(`are refused by name: ${option}`, () => {
      assert.throws(
        () => parseGuard(master, options),
        (error: OptionError) => error.code === 'ERR_MANIFOLD_OPTION' && error.option === option,
      )
    })
  }
})

describe('the command line of manifold-guard', () => {
  test('has the options of the guardian before the script, and those of the script after it', () => {
    const line = [
      '--name',
      'shop',
      '--fd',
      '5',
      '--node-option=--stack-size=900',
      'master.js',
      '--name',
      'x',
      '-h',
    ]
    assert.deepEqual(parseCommandLine(line), {
      master: 'master.js',
      options: { name: 'shop', fds: [5], execArgv: ['--stack-size=900'], args: ['--name', 'x', '-h'] },
    })
  })

  test('can do without a heartbeat', () => {
    const parsed = parseCommandLine(['--beat-timeout-ms', '0', '--', '-odd.js'])
    assert.deepEqual(parsed, { master: '-odd.js', options: { heartbeat: false, args: [] } })
  })

  test('asks for help', () => {
    assert.equal(parseCommandLine(['-h']), undefined)
    assert.equal(parseCommandLine(['--help', 'master.js']), undefined)
  })

  for (const line of [[], ['--nmae', 'x', 'master.js'], ['--fd', 'x', 'master.js'], ['--name']]) {
    test(`is refused: ${line.join(' ') || 'nothing'}`, () => assert.throws(() => parseCommandLine(line)))
  }
})
