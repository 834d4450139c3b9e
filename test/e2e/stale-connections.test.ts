import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { once } from '../helpers/wait.js'
import { HttpClient, pidOf } from './http-client.js'
import { policies } from './policies.js'
import { fixture, Service } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

describe("connections that were idle during a reload, with Node's defaults and ours", {
  concurrency: true,
}, () => {
  for (const { name, policy, skip } of policies) {
    it(`${name}: are good for one more request, or are closed in order`, { skip }, async () => {
      await using service = await Service.start({ exec: fixture('apps/http'), workers: 2, policy })
      const clients = await Promise.all(Array.from({ length: 8 }, () => HttpClient.connect(service.port)))
      const owners = await Promise.all(clients.map(async (client) => pidOf(await client.get())))
      const told = new Set<number | undefined>()
      service.master.on('draining', ({ pid }) => told.add(pid))
      const reloaded = service.group.reload()
      await once(service.master, 'draining')
      for (const [index, client] of clients.slice(0, 6).entries()) {
        const wasTold = told.has(owners[index])
        await sleep(200)
        const response = await client.get()
        assert.equal(pidOf(response), owners[index])
        if (wasTold) assert.equal(response.keepAlive, false)
        client.destroy()
      }
      await reloaded
      for (const client of clients) assert.equal(await client.ended, 'closed')
    })
  }
})
