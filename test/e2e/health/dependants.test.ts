import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Master } from '@manifold/groups'
import { type SupervisorEvents, supervise } from '@manifold/health'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { fixture, signal } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

test('groups that come after one whose workers died are reloaded, one after the other', async () => {
  const exec = fixture('services/mortal-server')
  const master = new Master({
    groups: {
      web: { exec, workers: 2, after: ['cache'] },
      cache: { exec, after: ['store'] },
      store: { exec, workers: 2 },
      admin: exec,
    },
  })
  const supervisor = supervise(master, { groups: { store: { restart: { dependants: true } } } })
  await using _ = { [Symbol.asyncDispose]: () => master.stop() }
  await master.start()
  const idsOf = (name: 'web' | 'cache' | 'admin') => master.group(name).workers.map(({ id }) => id)
  const former = { web: idsOf('web'), cache: idsOf('cache'), admin: idsOf('admin') }
  const reloads: string[] = []
  master.on('reload', ({ group }) => reloads.push(group))
  const told = once<SupervisorEvents['dependants']>(supervisor, 'dependants')
  for (const { pid } of master.group('store').workers) signal(pid, 'SIGKILL')
  const [event] = await told
  assert.deepEqual(event, { group: 'store', reloaded: ['cache', 'web'] })
  assert.deepEqual(reloads, ['cache', 'web'])
  assert.deepEqual(idsOf('admin'), former.admin)
  for (const name of ['web', 'cache'] as const) {
    assert.ok(!idsOf(name).some((id) => former[name].includes(id)))
  }
  await supervisor.stop()
})
