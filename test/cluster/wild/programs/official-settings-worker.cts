console.log(`worker uses ${process.argv.slice(2).join('=')}, ${process.env.COLOUR ?? 'no colour'}`)
// Nothing keeps it but the channel, which it closes.
process.disconnect!()
