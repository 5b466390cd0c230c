// Stands in for uvu in the modules of tests: it keeps the tests, and runs none.

type Step = () => unknown

/** A test with all that is done around it. */
export interface KeptTest {
  readonly name: string
  run(): Promise<void>
}

export const kept: KeptTest[] = []

interface Suite {
  (name: string, handler: Step): void
  before: ((step: Step) => void) & { each(step: Step): void }
  after: ((step: Step) => void) & { each(step: Step): void }
  run(): void
}

export function suite(title: string): Suite {
  const tests: { readonly name: string; readonly handler: Step }[] = []
  const [before, after, beforeEach, afterEach]: [Step[], Step[], Step[], Step[]] = [[], [], [], []]
  const collect =
    (list: Step[]) =>
    (step: Step): void => {
      list.push(step)
    }
  const run = async (handler: Step): Promise<void> => {
    // A test may run alone, so what is done once for the suite is done for each.
    for (const step of [...before, ...beforeEach]) await step()
    try {
      await handler()
    } finally {
      for (const step of [...afterEach, ...after]) await step()
    }
  }
  return Object.assign((name: string, handler: Step): void => void tests.push({ name, handler }), {
    before: Object.assign(collect(before), { each: collect(beforeEach) }),
    after: Object.assign(collect(after), { each: collect(afterEach) }),
    run: () => {
      for (const { name, handler } of tests) kept.push({ name: `${title}: ${name}`, run: () => run(handler) })
    },
  })
}
