/** What groups and sockets may be called: their names stand in events, metrics and debug lines. */
export const NAME = /^[\w.-]{1,64}$/
export const NAMED = 'named with letters, digits, dots, dashes and underscores, up to 64'
