/** Release 2 of the service. */

import { serve } from './service.js'

serve('2')
