// What the workers of the chats have in common: each thing that reaches the clients of other workers, by its name.
function serveChat(io: import('socket.io').Server): void {
  io.on('who-are-you', (reply: (pid: number) => void) => reply(process.pid))

  io.on('connection', (socket) => {
    socket.join(socket.handshake.query.room as string)
    socket.emit('welcome', process.pid)

    socket.on('echo', (text: string, reply: (text: string) => void) => reply(text))
    socket.on('say', (text: string) => io.emit('said', text))
    socket.on('say-others', (text: string) => socket.broadcast.emit('said', text))
    socket.on('say-room', (room: string, text: string) => io.to(room).emit('said', text))
    socket.on('draw', (picture: Buffer) => io.emit('drawn', picture))
    socket.on('count', async (reply: (ids: string[]) => void) => {
      const sockets = await io.fetchSockets()
      reply(sockets.map(({ id }) => id))
    })
    socket.on('others', (reply: (pids: number[]) => void) => {
      io.serverSideEmit('who-are-you', (error: Error | null, pids: number[]) => reply(error ? [-1] : pids))
    })
    socket.on('ask-all', (reply: (answers: string[]) => void) => {
      io.timeout(5000).emit('question', (error: Error | null, answers: string[]) =>
        reply(error ? ['too late'] : answers),
      )
    })
    socket.on('move', async (from: string, to: string, reply: () => void) => {
      io.in(from).socketsJoin(to)
      // The answer to this one follows on what was said before it.
      await io.fetchSockets()
      reply()
    })
    socket.on('expel', (room: string) => io.in(room).disconnectSockets())
  })
}

module.exports = { serveChat }
