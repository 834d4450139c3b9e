#!/usr/bin/env node
import { main } from './guardian/cli.js'

await main(process.argv.slice(2))
