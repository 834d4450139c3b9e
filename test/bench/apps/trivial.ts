import http from 'node:http'

/**
 * As little as can listen: what it costs to start is the cost of Node and of the contestant. From Node 22 on the import
 * itself is dear (some 13 MB): it reads every export of node:http, and one of them loads undici. `require` does not.
 */
http.createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT))
