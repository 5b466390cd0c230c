// timeout: 600
// runtimes: node
// wants: script bash
import { suite } from 'uvu'
import { testCompletion } from '../../support/completion-suite.ts'

const shell = suite('completion in bash')

testCompletion(shell, 'bash --norc -i', 'source <(rtnl completion bash)')

shell.run()
