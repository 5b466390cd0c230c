export { type Explanation, explain } from './explain.ts'
export { askKernel, type KernelAnswer, type KernelAnswers, questionKey } from './question/answer.ts'
export type { Question } from './question/question.ts'
export { explainPacket, readTables } from './read.ts'
export type {
  FdbStep,
  InterfaceStep,
  Leg,
  NeighborStep,
  NexthopStep,
  PortStep,
  RouteStep,
  RuleStep,
  SourceStep,
  Step,
  StepOutcome,
  VtepRemote,
  VtepStep,
} from './step.ts'
export type { Tables } from './tables.ts'
