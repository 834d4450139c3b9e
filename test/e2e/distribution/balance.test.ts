import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { HttpClient } from '../http-client.js'
import { policies } from '../policies.js'
import { fixture, Service } from '../service.js'
import { countsByProcess } from './spread.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const WORKERS = 4
const exec = fixture('services/obedient-server')

for (const { name, policy, skip } of policies) {
  if (name.startsWith('sticky')) continue
  describe(`${name}: connections that last`, { skip }, () => {
    for (const count of [8, 64]) {
      it(`${count} are spread evenly`, async () => {
        await using service = await Service.start({ exec, workers: WORKERS, policy })
        const clients: HttpClient[] = []
        for (let opened = 0; opened < count; opened++) {
          const client = await HttpClient.connect(service.port)
          await client.get()
          clients.push(client)
        }
        const counts = await countsByProcess(clients)
        assert.equal(counts.length, WORKERS, String(counts))
        // What workers know of the others is a little old, and on a busy machine the master may be late.
        assert.ok(counts[0]! <= (count / WORKERS) * 1.25 + 1, String(counts))
        for (const client of clients) client.destroy()
      })
    }
  })
}

for (const { name, policy, skip, handsOver } of policies) {
  if (handsOver) continue
  describe(`${name}: a worker that is full`, { skip }, () => {
    it('has its sibling serve who comes', async () => {
      await using service = await Service.start({ exec, workers: 2, policy })
      const [full] = await service.served()
      await service.order(full!, { do: 'limit', connections: 1 })
      const clients = await Promise.all(Array.from({ length: 12 }, () => HttpClient.connect(service.port)))
      const counts = await countsByProcess(clients)
      assert.deepEqual(counts, [11, 1])
      for (const client of clients) client.destroy()
    })
  })
}
