const http: typeof import('node:http') = require('node:http')

http.createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT))
