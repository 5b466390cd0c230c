/** A name that an object of a JSON text has twice. `JSON.parse` takes the last one and does not report the first. */
export interface DuplicateName {
  /** The name that stands twice. */
  readonly name: string
  /** Lines from 1. */
  readonly line: number
  /** Line of the first one. */
  readonly firstLine: number
}

/**
 * Finds a name that stands twice in an object.
 * @param text valid JSON
 */
export function findDuplicateName(text: string): DuplicateName | undefined {
  /** Of each object that is open, the places of its names; `undefined` for an array. */
  const open: (Map<string, number> | undefined)[] = []
  let names: Map<string, number> | undefined
  let isName = false
  // What matters is where a text begins, and what opens, ends and separates.
  const marks = /["{}[\],]/g
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    switch (mark[0]) {
      case '{':
      case '[':
        names = mark[0] === '{' ? new Map() : undefined
        open.push(names)
        isName = true
        break
      case '}':
      case ']':
        open.pop()
        names = open.at(-1)
        isName = false
        break
      case ',':
        isName = true
        break
      default: {
        const { index } = mark
        marks.lastIndex = endOfText(text, index)
        if (!isName || names === undefined) break
        isName = false
        const name: string = JSON.parse(text.slice(index, marks.lastIndex))
        const first = names.get(name)
        if (first !== undefined) return { name, line: lineOf(text, index), firstLine: lineOf(text, first) }
        names.set(name, index)
      }
    }
  }
  return undefined
}

/** The place behind the quotation mark that ends a text; one that a backslash stands before does not. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end + 1
  }
}

function lineOf(text: string, place: number): number {
  return text.slice(0, place).split('\n').length
}
