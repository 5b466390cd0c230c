import type { EventEmitter } from 'node:events'
import type { Argument, Command, Option } from 'commander'

/** The manual of a command in man(7), of the descriptions that its help has. */
export function manual(program: Command, version: string): string {
  const name = program.name()
  return [
    // Without a date, so that what is built of the same sources has the same bytes.
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}"`,
    '.SH NAME',
    `${name} \\- ${escaped(program.description().replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    ...commandsOf(program)
      .flatMap((command) => [`.B ${escaped(pathOf(command))}`, escaped(command.usage()), '.br'])
      .slice(0, -1),
    '.SH OPTIONS',
    ...items(program),
    '.SH COMMANDS',
    ...commandsOf(program).flatMap((command) => [
      `.SS ${escaped(pathOf(command))} ${escaped(command.usage())}`,
      escaped(command.description()),
      ...items(command),
      ...prose(textAfter(command)),
    ]),
    '.SH NOTES',
    // Behind a heading a paragraph begins by itself.
    ...prose(textAfter(program)).slice(1),
    '.SH SEE ALSO',
    '.BR ip (8),',
    '.BR bridge (8),',
    '.BR rtnetlink (7)',
    '',
  ].join('\n')
}

/** The commands that do something, in the order of the help. */
function commandsOf(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((sub) => (sub.commands.length === 0 ? [sub] : commandsOf(sub)))
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** Arguments and options with what they mean. */
function items(command: Command): string[] {
  const help = command.createHelp()
  const item = (term: string, about: string): string[] => ['.TP', `.B ${escaped(term)}`, escaped(about)]
  return [
    ...help
      .visibleArguments(command)
      .flatMap((argument: Argument) => item(help.argumentTerm(argument), help.argumentDescription(argument))),
    ...help
      .visibleOptions(command)
      .flatMap((option: Option) => item(help.optionTerm(option), help.optionDescription(option))),
  ]
}

/** What the help says behind the options. */
function textAfter(command: Command): string {
  let text = ''
  const write = (part: string): void => {
    text += part
  }
  // Commands are emitters, which their types do not say.
  const emitter = command as unknown as EventEmitter
  emitter.emit('afterHelp', { error: false, command, write })
  return text
}

/** Paragraphs; indented lines are kept as they are. */
function prose(text: string): string[] {
  let kept = false
  const lines = text.split('\n').flatMap((line) => {
    const indented = line.startsWith('  ')
    const turn = indented === kept ? [] : [indented ? '.EX' : '.EE']
    kept = indented
    if (line.trim() === '') return kept ? [] : [...turn, '.PP']
    // A line that begins with a name and a colon begins a paragraph.
    const begins = !indented && /^[A-Z][a-z]+(?: [a-z]+)?: /.test(line) ? ['.PP'] : []
    return [...turn, ...begins, escaped(line)]
  })
  const all = kept ? [...lines, '.EE'] : lines
  // A paragraph that is empty is none.
  return ['.PP', ...all].filter(
    (line, place, every) => line !== '.PP' || !/^(?:\.PP|\.EE)?$/.test(every[place + 1] ?? ''),
  )
}

/** A text in which roff sees nothing to do. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(
      /[^\p{ASCII}]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replaceAll(/^(?=[.'])/gm, '\\&')
}
