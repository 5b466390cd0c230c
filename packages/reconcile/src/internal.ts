export { Desired } from './desired.ts'
export { type Plan, plan, type Replacement } from './plan.ts'
