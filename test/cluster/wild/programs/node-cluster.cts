// Node's own, under a name that a package can give it.
module.exports = require('node:cluster')
