// timeout: 600
// runtimes: node
// wants: script zsh
import { suite } from 'uvu'
import { testCompletion } from '../../support/completion-suite.ts'

const shell = suite('completion in zsh')

testCompletion(shell, 'zsh -f -i', 'autoload -U compinit; compinit -u -D; source <(rtnl completion zsh)')

shell.run()
