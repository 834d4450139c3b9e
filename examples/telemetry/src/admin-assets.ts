/** Style and script of the admin page, and the policy that lets a browser run these two and nothing else. */

import { createHash } from 'node:crypto'
import { Html } from './html.js'

export const STYLE = new Html(`
:root { color-scheme: light dark; --line: #8883; --soft: #7a7f87; --card: #fff; --page: #f4f5f7;
  --good: #15803d; --busy: #b45309; --bad: #b91c1c }
@media (prefers-color-scheme: dark) { :root { --card: #1b1e23; --page: #121418; --soft: #9aa0a8;
  --good: #4ade80; --busy: #fbbf24; --bad: #f87171 } }
body { margin: 0 auto; padding: 2rem 1rem; max-width: 46rem; background: var(--page);
  font: 15px/1.5 system-ui, sans-serif }
header { display: flex; align-items: baseline; justify-content: space-between }
h1 { margin: 0; font-size: 1.5rem } h1 span, h2 span { color: var(--soft); font-weight: 400 }
h2 { margin: 0; font-size: 1.05rem }
#lost { margin: 0; color: var(--bad) }
.sum { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 1.25rem; color: var(--soft) }
section { margin: 0 0 1rem; padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem }
.sockets { display: flex; flex-wrap: wrap; gap: .4rem; margin: .5rem 0 .75rem }
code { padding: .1rem .5rem; border: 1px solid var(--line); border-radius: .4rem; font-size: .85rem }
i { color: var(--soft); font-style: normal }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th { color: var(--soft); font-size: .8rem; font-weight: 400; text-align: left }
td { padding: .3rem 0; border-top: 1px solid var(--line) }
.good { color: var(--good) } .busy { color: var(--busy) } .bad { color: var(--bad) }
`)

// The part comes from the server escaped and complete, so that there is one place only that makes HTML.
export const SCRIPT = new Html(`
const live = document.getElementById('live'), lost = document.getElementById('lost')
const refresh = async () => {
  try {
    const answer = await fetch('/live', { cache: 'no-store', signal: AbortSignal.timeout(5000) })
    live.innerHTML = await answer.text()
    lost.hidden = true
  } catch {
    lost.hidden = false
  }
  setTimeout(refresh, 1000)
}
setTimeout(refresh, 1000)
`)

export const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "connect-src 'self'",
    `style-src '${sha256(STYLE)}'`,
    `script-src '${sha256(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

function sha256({ text }: Html): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
