/** A table that the contestant `live-table` can open, in words for people. */
export type TableName = 'routes' | 'nexthops' | 'neighbours' | 'forwarding entries'
