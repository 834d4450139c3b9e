#!/usr/bin/env node
import { main } from './guardian/cli.js'

void main(process.argv.slice(2))
