import { LinkTable } from '@rtnl/link'
import { Connection } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { Recorder, Replay, readRecording } from '@rtnl/recorder'

// The program. Its sockets are recorded from the first message on, the latest 16 MiB in memory.
const recorder = new Recorder({ limit: 16 * 1024 * 1024 })
const connection = await Connection.open({ transports: recorder.transports() })
const notifier = await Notifier.open({ connection })
const links = await LinkTable.open({ notifier })
recorder.note('this is where it failed')
console.log('live:', ...[...links].map(({ ifname }) => ifname))
// In a real program: recorder.write('failed.pcapng'), for a replay elsewhere, Wireshark and tshark.
const file = recorder.content()
links.close()
notifier.close()
connection.close()
recorder.close()

// Whoever has the file, on any system: the same code, fed from the recording.
const recording = readRecording(file)
for (const { offset, text } of recording.problems) console.log(`at byte ${offset}: ${text}`)
const replay = new Replay(recording)
const replayed = await Connection.open({ transports: replay })
const again = await Notifier.open({ connection: replayed })
// Closed, until the other one is open.
let table = links
const playing = replay.play({ settled: () => table.state === 'live' })
table = await LinkTable.open({ notifier: again })
await playing
console.log('replayed:', ...[...table].map(({ ifname }) => ifname))
for (const { kind, text } of recording.events) if (kind === 'note') console.log(`noted: ${text}`)
table.close()
again.close()
replayed.close()
