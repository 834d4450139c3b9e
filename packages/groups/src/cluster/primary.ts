import nodeCluster from 'node:cluster'
import { EventEmitter } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import { OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'
import { type OpenMaster, openMaster } from '../master.js'
import { NAME, NAMED } from '../options/names.js'
import { parseEnv, parseWorkers } from '../options/values.js'
import type { ClusterGroup, ClusterGroupOptions, ManifoldCluster } from './interface.js'
import type { ClusterWorker, WorkerClass } from './node-worker.js'
import { Pool, type PoolFace } from './pool.js'
import { type SchedulingPolicy, schedulingOfEnvironment } from './scheduling.js'
import type { Settings } from './settings.js'

/** The group of those that `cluster.fork()` starts. */
const DEFAULT = 'default'
/** 'master' is how workers address the master. */
const TAKEN = [DEFAULT, 'master']

const SETTINGS = [
  ...['exec', 'args', 'execArgv', 'cwd', 'silent', 'stdio', 'uid', 'gid'],
  ...['inspectPort', 'serialization', 'windowsHide'],
]

/**
 * Takes the place of `node:cluster` in this process: its object stays what it is, and so do its class and its constants;
 * what it does is ours from now on. Whoever has got it before, or gets it later, has this.
 */
export function takeOverPrimary(): ManifoldCluster {
  const face = nodeCluster as unknown as PoolFace & { Worker: WorkerClass }
  // Another copy of this package has.
  if ('master' in face) return face as unknown as ManifoldCluster
  const { Worker } = face
  const pools: Pool[] = []
  let opened: OpenMaster | undefined
  const open = () => {
    opened ??= openMaster()
    return opened
  }
  const inNode = Worker.prototype.disconnect as () => ClusterWorker
  Worker.prototype.disconnect = function disconnect(this: ClusterWorker) {
    return pools.some((pool) => pool.leave(this)) ? this : inNode.call(this)
  }
  const add = (name: string, of: PoolFace) => {
    const pool = new Pool(name, of, Worker, open)
    pools.push(pool)
    return Object.assign(of, methodsOf(pool))
  }
  const groups = new Map<string, ClusterGroup>()

  function group(name: string, options?: ClusterGroupOptions): ClusterGroup {
    const existing = groups.get(validate.text('name', name))
    if (existing && options === undefined) return existing
    if (existing) throw new OptionError('name', 'that of a group that does not exist yet', name)
    if (options === undefined)
      throw new OptionError('name', `one of: ${[...groups.keys()].join(', ') || '(none)'}`, name)
    if (TAKEN.includes(name) || !NAME.test(name))
      throw new OptionError('name', `${NAMED}, and not one of: ${TAKEN.join(', ')}`, name)
    const { workers, env, schedulingPolicy, settings } = parseOptions(options)
    const made = Object.assign(new EventEmitter(), { name, settings: {}, workers: {}, schedulingPolicy })
    const added = add(name, made) as unknown as ClusterGroup
    added.setupPrimary(settings)
    groups.set(name, added)
    for (let count = 0; count < workers; count++) added.fork(env)
    return added
  }

  add(DEFAULT, face)
  face.schedulingPolicy = schedulingOfEnvironment() ?? face.schedulingPolicy
  // Not to be seen where a program looks what there is.
  Object.defineProperties(face, {
    group: { value: group, configurable: true, writable: true },
    master: { get: () => open().master, configurable: true },
  })
  syncBuiltinESMExports()
  return face as unknown as ManifoldCluster
}

function methodsOf(pool: Pool) {
  const setupPrimary = (options?: Settings) => pool.setup(options)
  return {
    setupPrimary,
    setupMaster: setupPrimary,
    fork: (env?: object) => pool.fork(env),
    disconnect: (done?: () => void) => pool.disconnect(done),
  }
}

function parseOptions(value: ClusterGroupOptions) {
  const given = validate.record('options', value)
  validate.onlyKnownKeys('options', given, [...SETTINGS, 'workers', 'env', 'schedulingPolicy'])
  const { workers = 1, env, schedulingPolicy = nodeCluster.schedulingPolicy, ...settings } = given
  return {
    workers: parseWorkers('options.workers', workers),
    env: env === undefined ? undefined : parseEnv('options.env', env),
    schedulingPolicy: schedulingPolicy as SchedulingPolicy,
    settings: settings as Settings,
  }
}
