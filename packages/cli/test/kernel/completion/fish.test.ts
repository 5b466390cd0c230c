// timeout: 600
// runtimes: node
// wants: script fish
import { suite } from 'uvu'
import { testCompletion } from '../../support/completion-suite.ts'

const shell = suite('completion in fish')

testCompletion(shell, 'fish -i', 'rtnl completion fish | source')

shell.run()
