export { type Plan, plan, type Replacement } from './plan.ts'
