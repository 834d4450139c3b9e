console.log(`slave ${process.pid}, ${process.env.CFORK_SLAVE_WORKER_INDEX}, ${process.env.GREETING}`)
