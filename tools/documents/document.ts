import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import GithubSlugger from 'github-slugger'
import MarkdownIt from 'markdown-it'

/** A fenced block of a document. */
export interface Piece {
  /** Path of the document, relative to the root. */
  readonly document: string
  /** Of its first line, from 1. */
  readonly line: number
  /** The chapter (`##`) in which it stands; empty before the first one. */
  readonly chapter: string
  /** What stands behind the fence, such as `sh`. */
  readonly language: string
  readonly text: string
}

/** A link of a document, as it stands there. */
interface Link {
  readonly line: number
  readonly href: string
}

/** A Markdown file, as far as tests look at it. */
export interface Document {
  /** Relative to the root. */
  readonly path: string
  readonly pieces: readonly Piece[]
  readonly links: readonly Link[]
  /** What a link may name behind `#`: the headings, as GitHub and the site of the documents name them. */
  readonly anchors: ReadonlySet<string>
}

const markdown = new MarkdownIt({ html: true })

/** Reads the text of a document. */
export function parseDocument(path: string, text: string): Document {
  const pieces: Piece[] = []
  const links: Link[] = []
  const anchors = new Set<string>()
  const slugger = new GithubSlugger()
  const tokens = markdown.parse(text, {})
  let chapter = ''
  for (const [index, { type, tag, map, info, content, children }] of tokens.entries()) {
    const line = (map?.[0] ?? 0) + 1
    if (type === 'fence') pieces.push({ document: path, line, chapter, language: info.trim(), text: content })
    if (type === 'code_block') pieces.push({ document: path, line, chapter, language: 'indented', text: content })
    if (type === 'heading_open') {
      const words = tokens[index + 1]?.children ?? []
      const title = words
        .map((word) => (word.type === 'text' || word.type === 'code_inline' ? word.content : ''))
        .join('')
      anchors.add(slugger.slug(title))
      if (tag === 'h2') chapter = title
    }
    for (const child of children ?? []) {
      const href = child.attrGet(child.type === 'image' ? 'src' : 'href')
      if (href !== null) links.push({ line, href })
    }
  }
  return { path, pieces, links, anchors }
}

/** All documents of the workspace that people read, those that are not committed yet among them. */
export function readDocuments(root: string): readonly Document[] {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.md']
  return execFileSync('git', words, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && !/^\.changeset\/(?!README)/.test(path))
    .map((path) => parseDocument(path, readFileSync(join(root, path), 'utf8')))
}
