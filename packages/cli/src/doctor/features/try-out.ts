import { requireOther } from '../../isolation/isolation.ts'
import { bridgeFeatures } from './bridge-features.ts'
import { entryFeatures } from './entry-features.ts'
import type { Feature } from './feature.ts'
import { nexthopFeatures } from './nexthop-features.ts'
import { Scene } from './scene.ts'

/** In the order in which they are tried: some use what others have made. */
export const features: readonly Feature[] = [...nexthopFeatures, ...bridgeFeatures, ...entryFeatures]

/** By the name of a feature: `true`, or why it is missing. */
export type Trial = Readonly<Record<string, true | string>>

/**
 * Tries all features in the network namespace of the process, which is for nothing else.
 * @param outside the network namespace that must not be touched
 * @throws {Error} this is that namespace, or it cannot be used
 */
export async function tryFeatures(outside: string): Promise<Trial> {
  requireOther(outside)
  await using scene = await Scene.open()
  const found: Record<string, true | string> = {}
  for (const { name, attempt } of features) {
    try {
      found[name] = (await attempt(scene)) || 'the kernel says yes, and does not do it'
    } catch (error) {
      found[name] = error instanceof Error ? error.message : String(error)
    }
  }
  return found
}
