import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Master, type MasterOptions, OptionError } from '@manifold/groups'
import { type SuperviseOptions, supervise } from '@manifold/health'

/** What `new Master` says of options that are wrong, or nothing. */
function complaint(make: () => unknown): string | undefined {
  try {
    make()
  } catch (error) {
    assert.ok(error instanceof OptionError, String(error))
    assert.equal(error.code, 'ERR_MANIFOLD_OPTION')
    assert.ok(error.message.includes(`option '${error.option}' must be ${error.expected}, but is `))
    return error.message.replace(error.expected, '…')
  }
  return undefined
}

const ofMaster = (options: unknown) => complaint(() => new Master(options as MasterOptions))
const ofGroup = (group: unknown) => ofMaster({ groups: { web: group } })

/** Beside `exec`: the option as it is named, the value as it is shown. */
const wrong: [group: Record<string, unknown>, option: string, shown: string][] = [
  [{ exec: '' }, 'exec', "''"],
  [{ exec: 7 }, 'exec', '7'],
  [{ exec: undefined }, 'exec', 'undefined'],
  [{ exec: new URL('https://example.org/web.js') }, 'exec', "'https://example.org/web.js'"],
  [{ exec: 'file:%%' }, 'exec', "'file:%%'"],
  [{ exec: 'file://elsewhere/web.js' }, 'exec', "'file://elsewhere/web.js'"],
  [{ workers: -1 }, 'workers', '-1'],
  [{ workers: 1.5 }, 'workers', '1.5'],
  [{ workers: '2' }, 'workers', "'2'"],
  [{ workers: 'cores' }, 'workers', "'cores'"],
  [{ workers: 10_001 }, 'workers', '10001'],
  [{ policy: 'fastest' }, 'policy', "'fastest'"],
  [{ args: '--flag' }, 'args', "'--flag'"],
  [{ args: ['a', 1] }, 'args[1]', '1'],
  [{ execArgv: [null] }, 'execArgv[0]', 'null'],
  [{ env: { PORT: 80 } }, 'env.PORT', '80'],
  [{ env: { 'A=B': 'c' } }, 'env.A=B', "'c'"],
  [{ env: { A: '\0' } }, 'env.A', "'\0'"],
  [{ args: ['\0'] }, 'args[0]', "'\0'"],
  [{ env: ['PORT=80'] }, 'env', 'an array of 1'],
  [{ cwd: '' }, 'cwd', "''"],
  [{ uid: -1 }, 'uid', '-1'],
  [{ gid: 'staff' }, 'gid', "'staff'"],
  [{ stdio: 'quiet' }, 'stdio', "'quiet'"],
  [{ stdio: ['pipe'] }, 'stdio', 'an array of 1'],
  [{ stdio: ['pipe', 'inherit', 'loud'] }, 'stdio[2]', "'loud'"],
  [{ stdio: ['pipe', -5, 'pipe'] }, 'stdio[1]', '-5'],
  [{ stdio: ['pipe', 'pipe', 'pipe', 'ipc', 'ipc'] }, 'stdio[4]', "'ipc'"],
  [{ serialization: 'xml' }, 'serialization', "'xml'"],
  [{ windowsHide: 1 }, 'windowsHide', '1'],
  [{ ready: 'soon' }, 'ready', "'soon'"],
  [{ readyTimeoutMs: 0 }, 'readyTimeoutMs', '0'],
  [{ readyTimeoutMs: Number.POSITIVE_INFINITY }, 'readyTimeoutMs', 'Infinity'],
  [{ drainTimeoutMs: -1 }, 'drainTimeoutMs', '-1'],
  [{ keepAliveGraceMs: '5s' }, 'keepAliveGraceMs', "'5s'"],
  [{ maxQueued: 0 }, 'maxQueued', '0'],
  [{ overload: null }, 'overload', 'null'],
  [{ reports: null }, 'reports', 'null'],
  [{ worker: 2 }, 'worker', '2'],
  [{ listen: 8080 }, 'listen', '8080'],
  [{ listen: [8080] }, 'listen', 'an array of 1'],
  [{ listen: { http: 65_536 } }, 'listen.http.port', '65536'],
  [{ listen: { http: '8080' } }, 'listen.http', "'8080'"],
  [{ listen: { http: true } }, 'listen.http', 'true'],
  [{ listen: { http: { port: 80, path: 'a' } } }, 'listen.http', 'an object (Object)'],
  [{ listen: { http: { port: 80, hots: '::1' } } }, 'listen.http.hots', "'::1'"],
  [{ listen: { http: { path: 'a', mode: 0o1000 } } }, 'listen.http.mode', '512'],
  [{ listen: { http: { path: '@' } } }, 'listen.http.path', "'@'"],
  [{ listen: { dns: { udp: -1 } } }, 'listen.dns.udp', '-1'],
  [{ listen: { http: { port: 80, policy: 'fair' } } }, 'listen.http.policy', "'fair'"],
  [{ policy: 7 }, 'policy', '7'],
  [{ policy: { add() {}, remove() {} } }, 'policy', 'an object (Object)'],
  [{ policy: { sticky: 'ip' } }, 'policy.sticky', "'ip'"],
  [{ policy: { sticky: { header: 'a', cookie: 'b' } } }, 'policy.sticky', 'an object (Object)'],
  [{ policy: { sticky: { header: 'x y' } } }, 'policy.sticky.header', "'x y'"],
  [{ policy: { sticky: { cookie: '' } } }, 'policy.sticky.cookie', "''"],
  [{ policy: { sticky: 'address', strip: true } }, 'policy.strip', 'true'],
  [{ policy: { sticky: 'proxy-protocol', strip: 1 } }, 'policy.strip', '1'],
  [{ policy: { sticky: { header: 'a' }, maxBytes: 1e9 } }, 'policy.maxBytes', '1000000000'],
  [{ policy: { sticky: { header: 'a' }, timeoutMs: 0 } }, 'policy.timeoutMs', '0'],
  [{ policy: { sticky: 'address', timeout: 5 } }, 'policy.timeout', '5'],
  [{ heartbeat: 500 }, 'heartbeat', '500'],
  [{ heartbeat: { intervalMs: null } }, 'heartbeat.intervalMs', 'null'],
  [{ heartbeat: { intervalMs: 1 } }, 'heartbeat.intervalMs', '1'],
  [{ heartbeat: { intervalMs: 500, timeoutMs: 900 } }, 'heartbeat.timeoutMs', '900'],
  [{ heartbeat: { everyMs: 500 } }, 'heartbeat.everyMs', '500'],
]

describe('a wrong option of a group', () => {
  for (const [group, option, shown] of wrong) {
    test(`${option}: ${shown}`, () => {
      const told = ofGroup({ exec: './web.js', ...group })
      assert.equal(told, `option 'groups.web.${option}' must be …, but is ${shown}`)
    })
  }
})

test('wrong groups are told apart from wrong options', () => {
  assert.equal(ofMaster(undefined), "option 'options' must be …, but is undefined")
  assert.equal(ofMaster({}), "option 'groups' must be …, but is undefined")
  assert.equal(ofMaster({ groups: {} }), "option 'groups' must be …, but is an object (Object)")
  assert.equal(ofMaster({ groups: { web: 3 } }), "option 'groups.web' must be …, but is 3")
  assert.equal(
    ofMaster({ groups: { master: './a.js' } }),
    "option 'groups.master' must be …, but is './a.js'",
  )
  assert.equal(ofMaster({ groups: { 'a b': './a.js' } }), "option 'groups.a b' must be …, but is './a.js'")
  assert.equal(
    ofMaster({ groups: { web: './a.js' }, policy: 'auto' }),
    "option 'options.policy' must be …, but is 'auto'",
  )
})

test('a group is no more than its program, or all of its options', () => {
  const all = {
    ...{ exec: './web.js', workers: 'cpus', policy: 'auto', args: ['a'], execArgv: ['--no-warnings'] },
    ...{ env: { A: 'b', C: undefined }, cwd: '/', uid: 0, gid: 0, stdio: 'inherit', windowsHide: true },
    ...{ serialization: 'advanced', ready: 'manual', readyTimeoutMs: 1, drainTimeoutMs: 0 },
    ...{ keepAliveGraceMs: 0, maxQueued: 1, heartbeat: { intervalMs: 10, timeoutMs: 20 } },
    listen: {
      ...{ http: 0, local: 'unix:a.sock', dns: { udp: 53 } },
      chat: { port: 1, policy: { sticky: { cookie: 'sid' }, maxBytes: 16, timeoutMs: 1 } },
      proxied: { port: 2, policy: { sticky: 'proxy-protocol', strip: true } },
      own: { port: 3, policy: { add() {}, remove() {}, pick() {} } },
    },
  }
  assert.equal(ofMaster({ groups: { a: './a.js', b: new URL('file:///b.js'), all } }), undefined)
})

test('arguments of a master’s methods are checked', () => {
  const master = new Master({ groups: { web: './web.js' } })
  const loose = master as unknown as Record<'group' | 'handle' | 'stopOn', (...args: unknown[]) => unknown>
  assert.equal(
    complaint(() => loose.group('wbe')),
    "option 'group' must be …, but is 'wbe'",
  )
  assert.equal(
    complaint(() => loose.handle('', () => {})),
    "option 'name' must be …, but is ''",
  )
  assert.equal(
    complaint(() => loose.handle('status', {})),
    "option 'handler' must be …, but is an object (Object)",
  )
  assert.equal(
    complaint(() => loose.stopOn('SIGINT', 'SIGKILL')),
    "option 'signal' must be …, but is 'SIGKILL'",
  )
  assert.equal(process.listenerCount('SIGINT'), 0)
})

test('options of a supervisor are checked', () => {
  const master = new Master({ groups: { web: './web.js' } })
  const told = (options: unknown) => complaint(() => supervise(master, options as SuperviseOptions).stop())
  assert.equal(told(null), "option 'options' must be …, but is null")
  assert.equal(told({ restarts: {} }), "option 'options.restarts' must be …, but is an object (Object)")
  assert.equal(told({ restart: 5 }), "option 'restart' must be …, but is 5")
  assert.equal(told({ restart: { max: 5 } }), "option 'restart.max' must be …, but is 5")
  assert.equal(told({ restart: { minDelayMs: -1 } }), "option 'restart.minDelayMs' must be …, but is -1")
  assert.equal(
    told({ restart: { minDelayMs: 500, maxDelayMs: 100 } }),
    "option 'restart.maxDelayMs' must be …, but is 100",
  )
  assert.equal(told({ restart: { minDelayMs: 60_000 } }), undefined)
  for (const wrong of [undefined, 'master', {}]) {
    assert.match(complaint(() => supervise(wrong as unknown as Master))!, /^option 'master' must be …/)
  }
})
