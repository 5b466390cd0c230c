import type { Argument, Command, Option } from 'commander'

/** What a word may be completed to. */
export interface Candidate {
  readonly value: string
  /** A line for people. */
  readonly about: string
}

/** Values of options and arguments that the command line does not list itself. */
export interface ValueSource {
  /**
   * @param given the values of the options that stand before, by name (`netns`)
   * @returns none where any text will do
   */
  ofOption(name: string, given: ReadonlyMap<string, string>): Promise<readonly Candidate[]>
  ofArgument(name: string, command: string): readonly Candidate[]
}

/**
 * What the last word may be completed to.
 * @param words those behind the name of the program, the last one begun or empty
 */
export async function candidates(
  program: Command,
  words: readonly string[],
  values: ValueSource,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? ''
  const before = readWords(program, words.slice(0, -1))
  const { command, pending, given, positional, literal } = before
  const [, name = '', begun = ''] = /^--([^=]+)=(.*)$/s.exec(current) ?? []
  const assigned = name === '' || literal ? undefined : findOption(command, `--${name}`)
  let found: readonly Candidate[]
  if (pending !== undefined) found = await optionValues(pending, given, values)
  else if (assigned !== undefined && takesValue(assigned)) {
    const prefix = current.slice(0, current.length - begun.length)
    found = (await optionValues(assigned, given, values)).map(({ value, about }) => ({ value: prefix + value, about }))
  } else if (current.startsWith('-') && !literal) found = optionNames(command, given)
  else found = [...subcommands(command, positional), ...argumentValues(command, positional, values)]
  return found.filter(({ value }) => value.startsWith(current))
}

interface ReadWords {
  readonly command: Command
  /** The option whose value comes next. */
  readonly pending: Option | undefined
  readonly given: ReadonlyMap<string, string>
  /** How many arguments of the command stand before. */
  readonly positional: number
  /** Whether `--` stands before: then nothing is an option. */
  readonly literal: boolean
}

function readWords(program: Command, words: readonly string[]): ReadWords {
  let command = program
  let pending: Option | undefined
  let positional = 0
  let literal = false
  const given = new Map<string, string>()
  for (const word of words) {
    if (pending !== undefined) {
      given.set(pending.name(), word)
      pending = undefined
    } else if (literal) positional++
    else if (word === '--') literal = true
    else if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s)
      const option = findOption(command, name)
      if (option === undefined) continue
      if (value !== undefined || !takesValue(option)) given.set(option.name(), value ?? '')
      else pending = option
    } else {
      const sub = positional === 0 ? command.commands.find((other) => other.name() === word) : undefined
      if (sub === undefined) positional++
      else command = sub
    }
  }
  return { command, pending, given, positional, literal }
}

function findOption(command: Command, long: string): Option | undefined {
  return visibleOptions(command).find((option) => option.long === long)
}

/** With the help. */
function visibleOptions(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional
}

function optionNames(command: Command, given: ReadonlyMap<string, string>): Candidate[] {
  return visibleOptions(command).flatMap((option) =>
    option.long === undefined || given.has(option.name()) ? [] : [{ value: option.long, about: option.description }],
  )
}

async function optionValues(
  option: Option,
  given: ReadonlyMap<string, string>,
  values: ValueSource,
): Promise<readonly Candidate[]> {
  const { argChoices } = option
  if (argChoices === undefined) return values.ofOption(option.name(), given)
  return argChoices.map((value) => ({ value, about: option.description }))
}

function subcommands(command: Command, positional: number): Candidate[] {
  if (positional > 0) return []
  return command
    .createHelp()
    .visibleCommands(command)
    .map((sub) => ({ value: sub.name(), about: sub.description() }))
}

function argumentValues(command: Command, positional: number, values: ValueSource): readonly Candidate[] {
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  const argument: Argument | undefined = registeredArguments[positional] ?? (last?.variadic ? last : undefined)
  if (argument === undefined) return []
  const { argChoices, description } = argument
  if (argChoices !== undefined) return argChoices.map((value) => ({ value, about: description }))
  return values.ofArgument(argument.name(), command.name())
}
