import process from 'node:process'
import { text } from 'node:stream/consumers'
import { type Death, dieAt } from './dying.ts'
import { subjectNamed } from './subjects/index.ts'

// Reconciles a table and dies at a request.
const [name = '', netns = '', request = '', death = 'exact'] = process.argv.slice(2)
const wanted: object[] = JSON.parse(await text(process.stdin))
const subject = await subjectNamed(name)
await dieAt(Number(request), death as Death)
await subject.reconcile(netns, wanted)
