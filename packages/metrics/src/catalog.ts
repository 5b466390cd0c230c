/** What a metric is, as in the exposition of Prometheus. */
export interface MetricDescription {
  /** In snake case, with the unit and `_total` of counters: `rtnl_sent_bytes_total`. */
  readonly name: string
  /** A sentence for people. */
  readonly help: string
  /** A counter only grows, while the program runs. */
  readonly type: 'counter' | 'gauge'
  /** Names of the labels that each sample has. */
  readonly labels: readonly string[]
}

const ofConnections = ['netns'] as const
const ofTables = ['table', 'netns'] as const
const ofControllers = ['controller', 'netns'] as const

/**
 * All metrics, by what they are of. Counters of connections add up all watched connections of a network namespace, and count
 * from the opening of the connection, refusals from the making of `Metrics`. Counters of tables and controllers count from the call
 * that adds them, those that the library holds itself (relists, requests, drift) from their opening.
 */
export const catalog = {
  requests: counter('rtnl_requests_total', 'Requests sent, those that begin dumps included.', ofConnections),
  refusals: counter('rtnl_refusals_total', 'Requests that the kernel refused, by error code.', [
    'code',
    ...ofConnections,
  ]),
  sentBytes: counter('rtnl_sent_bytes_total', 'Bytes of requests.', ofConnections),
  receivedMessages: counter('rtnl_received_messages_total', 'Messages received on all sockets.', ofConnections),
  receivedBytes: counter('rtnl_received_bytes_total', 'Bytes of received messages.', ofConnections),
  dumpRestarts: counter(
    'rtnl_dump_restarts_total',
    'Dumps begun anew since the table changed meanwhile.',
    ofConnections,
  ),
  losses: counter(
    'rtnl_losses_total',
    'Times that messages were lost: the receive buffer was full (overrun), or a datagram did not fit (truncated).',
    ['reason', ...ofConnections],
  ),
  kernelDrops: counter(
    'rtnl_kernel_dropped_messages_total',
    'Messages that the kernel dropped for the sockets, by its own account.',
    ofConnections,
  ),
  foreign: counter(
    'rtnl_foreign_datagrams_total',
    'Datagrams of senders other than the kernel, ignored.',
    ofConnections,
  ),
  malformed: counter('rtnl_malformed_messages_total', 'Messages that could not be decoded.', ofConnections),
  strays: counter('rtnl_stray_answers_total', 'Answers that belong to no request.', ofConnections),
  pendingBytes: gauge('rtnl_pending_bytes', 'Bytes received and not yet read by the event loop.', ofConnections),
  receiveBuffer: gauge(
    'rtnl_receive_buffer_bytes',
    'Receive buffers of the open sockets, as the kernel granted them.',
    ofConnections,
  ),
  lag: gauge(
    'rtnl_lag_seconds',
    'Time until the tables had what was queued in the kernel at the scrape.',
    ofConnections,
  ),
  rows: gauge('rtnl_table_rows', 'Entries in the table.', ofTables),
  memory: gauge('rtnl_table_memory_bytes', 'Memory that the rows take.', ofTables),
  inSync: gauge(
    'rtnl_table_in_sync',
    'Whether the table equals that of the kernel (1), or is being reread or closed (0).',
    ofTables,
  ),
  incompleteParts: gauge(
    'rtnl_table_incomplete_parts',
    'Parts that the dumps of the kernel do not show to the end.',
    ofTables,
  ),
  relists: counter(
    'rtnl_table_relists_total',
    'Dumps of the table or of a part of it, the first one included.',
    ofTables,
  ),
  changes: counter('rtnl_table_changes_total', 'Entries added, changed and removed, by how the table learned of it.', [
    'kind',
    'cause',
    ...ofTables,
  ]),
  resyncs: counter('rtnl_table_resyncs_total', 'Invalid parts reread, by the reason why they were invalid.', [
    'cause',
    'reason',
    ...ofTables,
  ]),
  desired: gauge('rtnl_controller_desired_entries', 'Desired entries.', ofControllers),
  failed: gauge(
    'rtnl_controller_failed_entries',
    'Entries that the kernel refused or does not show as desired.',
    ofControllers,
  ),
  conflicts: gauge(
    'rtnl_controller_conflicting_entries',
    'Desired entries that wait for one of somebody else to go.',
    ofControllers,
  ),
  controllerRequests: counter(
    'rtnl_controller_requests_total',
    'Requests of the controller that the kernel answered.',
    ofControllers,
  ),
  driftFound: counter(
    'rtnl_controller_drift_found_total',
    'Entries that others changed, removed or added.',
    ofControllers,
  ),
  driftHealed: counter(
    'rtnl_controller_drift_healed_total',
    'Entries of these that were as desired again later.',
    ofControllers,
  ),
} as const

/** The name of a metric in the catalog. */
export type MetricKey = keyof typeof catalog

/** All metrics that there are, with their labels. */
export const metricDescriptions: readonly MetricDescription[] = Object.values(catalog)

function counter(name: string, help: string, labels: readonly string[]): MetricDescription {
  return { name, help, type: 'counter', labels }
}

function gauge(name: string, help: string, labels: readonly string[]): MetricDescription {
  return { name, help, type: 'gauge', labels }
}
