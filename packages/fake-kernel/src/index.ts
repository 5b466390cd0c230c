export { FakeNamespace, type FakeNamespaceOptions } from './fake-namespace.ts'
export { UnsupportedRequestError } from './refusal.ts'
