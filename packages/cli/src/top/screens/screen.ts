/** A part of a line. */
export interface Cell {
  /** With colours, without control characters. */
  readonly text: string
  /** In columns; a cell without a width takes what is left. */
  readonly width?: number
  readonly isRight?: boolean
}

export type Line = readonly Cell[]

/** Lines below each other, or lists of lines beside each other. */
export type Block = { readonly lines: readonly Line[] } | { readonly columns: readonly (readonly Line[])[] }

/** What is to be seen. */
export interface Screen {
  readonly blocks: readonly Block[]
  /** The last line. */
  readonly footer: Line
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** What a part of a screen needs of its height, in lines. */
export interface Want {
  /** Below this it is left out. */
  readonly least: number
  readonly most: number
}

/** Shares a height among parts: the first ones come first, and what is left over is given out line by line. */
export function share(height: number, wants: readonly Want[]): number[] {
  let left = height
  const given = wants.map(({ least }) => {
    if (least > left) return 0
    left -= least
    return least
  })
  let grew = true
  while (left > 0 && grew) {
    grew = false
    for (const [place, { most }] of wants.entries()) {
      const lines = given[place]!
      if (left === 0 || lines === 0 || lines >= most) continue
      given[place] = lines + 1
      left--
      grew = true
    }
  }
  return given
}

/** The blocks as far as there is height for them. */
export function fitting(blocks: readonly Block[], height: number): Block[] {
  let left = Math.max(0, height)
  return blocks.map((block) => {
    const room = left
    if ('lines' in block) {
      left -= Math.min(left, block.lines.length)
      return { lines: block.lines.slice(0, room) }
    }
    left -= Math.min(left, Math.max(...block.columns.map(({ length }) => length)))
    return { columns: block.columns.map((lines) => lines.slice(0, room)) }
  })
}
