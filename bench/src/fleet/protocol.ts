/** What every process of the benchmark of a fleet knows. */
export interface FleetParameters {
  readonly servers: string
  readonly fleet: string
}

/** What a process with some nodes of the fleet is. */
export interface AgentsParameters extends FleetParameters {
  /** Numbers of its nodes: from `first`, `count` of them. */
  readonly first: number
  readonly count: number
  /** Routes that each node has. */
  readonly routes: number
}

/** What a process with some nodes can be told. */
export type AgentsCommand =
  /** Changes routes of each node, so many a second. Answered by `Changed` when it is over. */
  | { readonly do: 'change'; readonly rate: number; readonly seconds: number }
  /** Changes one route of each node. Answered by `{}`. */
  | { readonly do: 'mark' }
  /** Answered by `Content`. */
  | { readonly do: 'sum up' }

export interface Changed {
  readonly changes: number
  readonly processorSeconds: number
}

/** What a process with nodes, or a reader, holds: the same number for the same routes, in whatever order. */
export interface Content {
  readonly rows: number
  readonly sum: number
  readonly peakBytes: number
}

/** What a reader can be told. */
export type ReaderCommand =
  /** Opens the fleet. Answered by `Joined`, once it has so many rows. */
  | { readonly do: 'join'; readonly rows: number }
  /** Begins to measure. Answered by `{}`. */
  | { readonly do: 'begin' }
  /** Answered by `Received` when so many changes have come since the beginning, or none for some time. */
  | { readonly do: 'receive'; readonly changes: number }
  /** Answered by `{}` when a change of so many nodes has come that was made since the beginning. */
  | { readonly do: 'hear'; readonly nodes: number }
  /** Answered by `Content`. */
  | { readonly do: 'sum up' }

export interface Joined {
  readonly seconds: number
  readonly processorSeconds: number
}

export interface Received {
  readonly changes: number
  /** Seconds from the change to the reader. */
  readonly latency: { readonly half: number; readonly most: number; readonly longest: number }
  readonly processorSeconds: number
}
