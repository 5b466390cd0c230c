/**
 * Tests that need what a kernel may lack: a feature by its name in features.mjs. Without `tests` the whole file needs it and is not
 * run without it; otherwise those tests of the file do.
 * @typedef {{ feature: string, path: string, tests?: readonly string[] }} Need
 * @type {readonly Need[]}
 */
export const NEEDS = [
  { feature: 'VNI filter', path: 'packages/bridge/test/kernel/vni-compliance.test.ts' },
  { feature: 'VNI filter', path: 'packages/bridge/test/kernel/vni-keeping.test.ts' },
  { feature: 'VNI filter', path: 'packages/bridge/test/kernel/vni-random.test.ts' },
  { feature: 'VNI filter', path: 'packages/cli/test/kernel/vni.test.ts' },
  { feature: 'flushing FDBs', path: 'packages/neighbor/test/kernel/fdb-scenarios.test.ts', tests: ['flushed'] },
  { feature: 'VNI filter', path: 'packages/evpn/test/kernel/single-vxlan.test.ts' },
  { feature: 'managed neighbours', path: 'packages/neighbor/test/kernel/managed.test.ts' },
  {
    feature: 'learning what is static from elsewhere',
    path: 'packages/neighbor/test/kernel/exchange.test.ts',
    tests: ['an address that moved away is where the speaker has learned it, until it is here again'],
  },
  {
    feature: 'refusing that members of FDB groups become others',
    path: 'packages/nexthop/test/kernel/scenarios.test.ts',
    tests: ['fdb flag comes and goes'],
  },
  {
    feature: 'weights of 16 bits',
    path: 'packages/nexthop/test/kernel/scenarios.test.ts',
    tests: ['groups replaced'],
  },
  {
    feature: 'resilient groups',
    path: 'packages/nexthop/test/kernel/scenarios.test.ts',
    tests: ['resilient group'],
  },
  {
    feature: 'resilient groups',
    path: 'packages/nexthop/test/kernel/commands.test.ts',
    tests: [
      'what is added, replaced and deleted is what ip shows',
      'what was read can be written',
      'buckets of a resilient group',
    ],
  },
]
