/** The page and its script, as they are sent to the browser. */

export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Manifold chat</title>
<link rel="icon" href="data:,">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
  #state { color: #667 }
  #messages { list-style: none; padding: 0; min-height: 12rem }
  #messages b { margin-right: .5rem }
  form { display: flex; gap: .5rem }
  input, button { font: inherit; padding: .3rem .5rem }
  #text { flex: 1; min-width: 0 }
  #from { width: 8rem }
</style>
<h1>Manifold chat</h1>
<p id="state" role="status">Connecting…</p>
<ul id="messages" aria-live="polite"></ul>
<form id="form" autocomplete="off">
  <input id="from" aria-label="Your name" value="guest" maxlength="30" required>
  <input id="text" aria-label="Message" maxlength="500" required autofocus>
  <button>Send</button>
</form>
<script src="/socket.io/socket.io.js"></script>
<script src="/chat.js"></script>
</html>
`

export const SCRIPT = `'use strict'
const at = (id) => document.getElementById(id)
// It starts with polling and goes on with a WebSocket, as is its default.
const socket = io()
let slot

const showState = () => {
  const { name } = socket.io.engine.transport
  at('state').textContent = 'Worker ' + slot + ', by ' + name
}
socket.on('welcome', (welcome) => {
  slot = welcome.slot
  showState()
  socket.io.engine.once('upgrade', showState)
})
socket.on('disconnect', () => {
  at('state').textContent = 'Connecting again…'
})
socket.on('said', ({ from, text }) => {
  const name = document.createElement('b')
  name.textContent = from
  const line = document.createElement('li')
  line.append(name, text)
  at('messages').append(line)
})
at('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = at('text').value
  socket.emit('say', at('from').value, text, ({ error }) => {
    if (error) at('state').textContent = error
    else if (at('text').value === text) at('text').value = ''
  })
})
`
