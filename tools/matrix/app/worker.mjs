// Reads the links in a thread of its own, and tells their number. `stays open`: does not close, until it is ended.

import { parentPort, workerData } from 'node:worker_threads'
import { LinkTable } from '@rtnl/link'

const links = await LinkTable.open()
parentPort.postMessage(links.size)
if (workerData === 'closes') links.close()
