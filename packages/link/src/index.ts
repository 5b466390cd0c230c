export { LinkAttribute, LinkFlag, LinkMessage } from './constants.ts'
export { type Link, linkMessage } from './message.ts'
export { LinkTable, linkDefinition } from './table.ts'
