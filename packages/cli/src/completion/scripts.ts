/** The shells that there is a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The command that the scripts call. Behind `--` come the words before the cursor; the last one, perhaps empty, is begun. */
export const completingCommand = '__complete'

// Bash breaks words at : and = too, and replaces only what stands behind the last of these.
const bash = `# rtnl completion bash
_rtnl() {
    local line=\${COMP_LINE:0:COMP_POINT} words=() head= breaks=
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    local current=\${words[-1]}
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
    [[ $breaks && $current == *[$breaks]* ]] && head=\${current%"\${current##*[$breaks]}"}
    mapfile -t COMPREPLY < <("$1" ${completingCommand} -- "\${words[@]:1}" 2>/dev/null)
    COMPREPLY=("\${COMPREPLY[@]%%$'\\t'*}")
    COMPREPLY=("\${COMPREPLY[@]#"$head"}")
}
complete -o default -F _rtnl rtnl
`

const zsh = `#compdef rtnl
# rtnl completion zsh
_rtnl() {
    local line
    local -a values
    for line in "\${(@f)$("\${(Q)words[1]}" ${completingCommand} -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -n $line ]] && values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    done
    if (( $#values )); then _describe rtnl values; else _files; fi
}
if [[ \${funcstack[1]} == _rtnl ]]; then _rtnl "$@"; else compdef _rtnl rtnl; fi
`

const fish = `# rtnl completion fish
function __rtnl_complete
    set -l words (commandline -opc)
    set -l command $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    $command ${completingCommand} -- $words "$current" 2>/dev/null
end
complete -c rtnl -f -a '(__rtnl_complete)'
complete -c rtnl -l file -r -F
`

/** What a shell reads to complete the command's words. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
