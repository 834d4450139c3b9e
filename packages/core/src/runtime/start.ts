import { systemClock } from '../clock.js'
import { Channel } from '../ipc/channel.js'
import {
  BOOT_VARIABLE,
  type DrainCause,
  type MasterMessage,
  type MasterRequests,
  PROTOCOL_VERSION,
  STANDBY,
  type WorkerBoot,
  type WorkerMessage,
  type WorkerRequests,
} from '../ipc/protocol.js'
import { onDisconnect, portOf, sendServersBy, takeOverListen } from '../node-internals.js'
import { countReportFlags } from '../report-flags.js'
import { beat } from './beat.js'
import { answer } from './calls/answer.js'
import { Calls } from './calls/calls.js'
import { Links } from './calls/links.js'
import { Membership } from './cluster/membership.js'
import { drain as finish } from './drain/drain.js'
import { endureSilence, watchLifeline } from './lifeline.js'
import { Limit } from './listen/limit.js'
import { listenThrough } from './listen/listen.js'
import { Listener } from './listen/listener.js'
import { Listeners } from './listen/listeners.js'
import { Receiver } from './listen/receiver.js'
import { surplusThrough } from './listen/surplus.js'
import { Readiness } from './readiness.js'
import { reportFatalErrors } from './reports.js'
import { publish, type Runtime } from './runtime.js'
import { takeUncaught } from './uncaught.js'
import { VitalSigns } from './vitals.js'
import { watchSoon } from './watchdog/watchdog.js'

/** Makes this process a worker: removes the traces of how it was started, says hello, and takes over `listen`. */
export function start(bootText: string): void {
  delete process.env[BOOT_VARIABLE]
  const boot = JSON.parse(bootText) as WorkerBoot
  const port = portOf(process, boot.serialization)
  const channel = new Channel<MasterMessage, WorkerMessage, MasterRequests, WorkerRequests>(port, {
    clock: systemClock,
    peer: 'the master',
    maxQueued: boot.maxQueued,
  })
  const listeners = new Listeners()
  const readiness = new Readiness(boot, channel, () => {
    if (boot.onUncaught === 'drain') takeUncaught(channel, () => drain('uncaught'))
    watchSoon(boot)
  })
  const receiver = new Receiver(listeners, channel, systemClock)
  const surplus = surplusThrough(channel, listeners)
  const limit = new Limit(channel, listeners, surplus)
  const links = new Links(boot, channel, systemClock, {
    leaving: ({ peer }) => calls.left(peer),
    answer: ({ peer }, name, payload, inquiry) => answer(runtime, name, payload, inquiry, peer),
    slot: () => runtime.slot,
  })
  const calls = new Calls(channel, links, systemClock)
  const subscribers: Runtime['subscribers'] = new Map()
  let finishing = false
  const parts = { boot, channel, listeners, readiness, surplus, limit, calls, subscribers }
  const runtime: Runtime = {
    ...parts,
    slot: boot.slot,
    answers: new Map(),
    drainHooks: [],
    promoteHooks: [],
    drain,
  }

  channel.receive(
    {
      promote({ slot }) {
        runtime.slot = slot
        for (const hook of runtime.promoteHooks) hook(slot)
      },
      attach: ({ listener, source, asleep = false }, handle) =>
        listeners.attach(listener, source, handle, asleep),
      detach: ({ listener, source }) => listeners.detach(listener, source),
      refused: ({ offer }) => surplus.refused(offer),
      limit: ({ connections }) => limit.set(connections),
      hurry: ({ yes }) => listeners.hurry(yes),
      share: ({ listener, average }) => listeners.share(listener, average),
      offer: (offer, handle) => receiver.receive(offer, handle),
      echo: ({ echo }, handle) => {
        if (handle) channel.sendHandle({ t: 'echoed', echo }, handle, () => handle.close())
      },
      leave: () => runtime.membership?.leave(true),
      drain: ({ cause, timeoutMs, keepAliveGraceMs }) => drain(cause, timeoutMs, keepAliveGraceMs),
      joined: (member) => calls.joined(member),
      left: (member) => calls.left(member),
      link: (introduction, handle) => links.arrived(introduction, handle),
      broadcast({ name, payload }) {
        for (const listener of [...(subscribers.get(name) ?? [])]) listener(payload)
      },
    },
    {
      call: ({ name, payload, from }, inquiry) => answer(runtime, name, payload, inquiry, from),
    },
    (message) => {
      if (message.t === 'offer') receiver.decide(message)
    },
  )
  sendServersBy((handle) => (handle instanceof Listener ? (handle.source ?? null) : undefined))
  const cluster = takeOverListen(listenThrough(runtime), boot.id, boot.cluster)
  if (boot.cluster) {
    runtime.membership = new Membership(cluster, runtime, () => {
      channel.close()
      surplus.close()
    })
  } else outlive()
  publish(runtime)
  reportFatalErrors(boot)
  beat(channel, new VitalSigns(listeners), boot.beatMs)
  channel.send({ t: 'hello', version: PROTOCOL_VERSION })
  if (boot.ready === 'online') readiness.ready()

  /** What it has begun is finished before it ends, whatever happens to its master. */
  function outlive() {
    process.on('SIGTERM', () => drain('signal'))
    // Ctrl-C concerns the master, which tells its workers what to do.
    process.on('SIGINT', () => {})
    if (boot.lifeline !== undefined) endureSilence()
    onDisconnect((byItself) => {
      // What a worker writes may go through the master. It must not die of that before it has finished.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
      channel.close()
      // It is needed only if it serves, and it is not the application itself that wants to be rid of its master.
      const needed = !byItself && !finishing && readiness.isReady && runtime.slot !== STANDBY
      if (boot.lifeline === undefined || !needed) {
        surplus.close()
        drain('orphan')
        return
      }
      listeners.orphan()
      surplus.close()
      watchLifeline(boot.lifeline, (before) => drain(before ? 'orphan' : 'replace'))
    })
  }

  function drain(
    cause: DrainCause,
    timeoutMs = boot.drainTimeoutMs,
    keepAliveGraceMs = boot.keepAliveGraceMs,
  ) {
    finishing = true
    runtime.membership?.finishing()
    void finish(runtime, { cause, timeoutMs, keepAliveGraceMs })
  }
}

/** What a worker forks itself gets Node's options from here. */
export function forget(preload: string): void {
  const { execArgv } = process
  const at = execArgv.indexOf(preload)
  if (at > 0) execArgv.splice(at - 1, 2 + countReportFlags(execArgv, at + 1))
}
