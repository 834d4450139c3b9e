// A certificate for localhost, made anew: what a primary gives its workers by their environment.

const day = 24 * 60 * 60 * 1000

module.exports = async function certificate() {
  const { generate } = require('selfsigned')
  const { private: KEY, cert: CERT } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec', // milliseconds to make, where RSA takes a second
    curve: 'P-256',
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + day),
  })
  return { KEY, CERT }
}
