/** The status as a small page: complete in itself, and of use without scripts too. */

import type { GroupStatus, MasterStatus, SlotStatus, SocketStatus } from '@manifold/groups'
import { SCRIPT, STYLE } from './admin-assets.js'
import { type Html, html } from './html.js'
import { place } from './place.js'

/** The whole page. `live` is the part that refreshes itself. */
export function page(live: Html): string {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="2"></noscript>
<title>Manifold telemetry</title>
<style>${STYLE}</style>
<header><h1>Manifold <span>telemetry</span></h1><p id="lost" role="status" hidden>No answer. Still trying…</p></header>
<main id="live">${live}</main>
<script>${SCRIPT}</script>
</html>
`.text
}

export function statusPart(status: MasterStatus): Html {
  return html`<p class="sum"><b class="${tone(status.state)}">${status.state}</b>
<span>master pid ${status.pid}</span><span>up ${duration(status.uptimeMs)}</span></p>
${Object.entries(status.groups).map(([name, group]) => groupPart(name, group))}`
}

export function failurePart(message: string): Html {
  return html`<p class="sum"><b class="bad">no status</b><span>${message}</span></p>`
}

function groupPart(name: string, group: GroupStatus): Html {
  return html`<section>
<h2>${name} <span>${group.policy}</span></h2>
<p class="sockets">${Object.entries(group.sockets).map(([socket, status]) => socketPart(socket, status))}</p>
<table>
<thead><tr><th>slot<th>state<th>pid<th>up<th>restarts</thead>
<tbody>${group.slots.map(slotPart)}</tbody>
</table>
</section>
`
}

function socketPart(name: string, socket: SocketStatus): Html {
  return html`<code>${name} <i>${socket.address.type}</i> ${place(socket)}</code>`
}

function slotPart({ slot, state, worker, restarts }: SlotStatus): Html {
  const pid = worker?.pid ?? '–'
  const up = worker === null ? '–' : duration(worker.uptimeMs)
  return html`<tr><td>${slot}<td><b class="${tone(state)}">${state}</b><td>${pid}<td>${up}<td>${restarts}`
}

function tone(state: string): string {
  if (state === 'serving' || state === 'running') return 'good'
  return state === 'vacant' || state === 'stopped' ? 'bad' : 'busy'
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}
