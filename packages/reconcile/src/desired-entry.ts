/**
 * An entry as a program or a file says it: every field may be left out, and a number may be given by its name where the
 * field has names: an interface, a routing table, a protocol, a scope, a type; flags by a list of names.
 */
export type DesiredEntry<Entry> = { readonly [Name in keyof Entry]?: DesiredValue<Entry[Name]> | undefined }

type DesiredValue<Value> = Value extends number
  ? number | string | readonly string[]
  : Value extends readonly (infer Item)[]
    ? readonly DesiredValue<Item>[]
    : Value extends object
      ? { readonly [Name in keyof Value]?: DesiredValue<Value[Name]> | undefined }
      : Value

/** What the check of a desired entry has to know of the namespace. */
export interface NormalizeContext {
  /**
   * The index of the interface that has a name now. Where none has, `unresolvedInterface`: the check goes on, and its
   * caller, who gives this function, knows that the entry waits for an interface with that name.
   */
  ifindex(name: string): number
}

/** Stands for an interface that is not there. No interface has this index: the kernel counts from 1 upwards. */
export const unresolvedInterface = 0x7fffffff

/** For checks without a namespace: no interface has a name. */
export const noInterfaces: NormalizeContext = { ifindex: () => unresolvedInterface }
