// A process that imports nothing and does nothing.
export {}
