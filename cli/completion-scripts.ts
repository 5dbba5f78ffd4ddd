/**
 * Each script hands the words before the cursor to `quiesce __complete` and shows what that prints, one
 * `value<TAB>description` a line. No output means that files are completed. Nothing typed is ever evaluated.
 */
const BASH = `# quiesce completion for bash. Load it with:  source <(quiesce completion bash)
_quiesce() {
  local line value
  COMPREPLY=()
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    COMPREPLY+=("$value")
  done < <(quiesce __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _quiesce quiesce
`;

const ZSH = `#compdef quiesce
# quiesce completion for zsh. Load it with:  source <(quiesce completion zsh)
_quiesce() {
  local line value description
  local -a described
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    description=\${line#*$'\\t'}
    described+=("\${value//:/\\\\:}:$description")
  done < <(quiesce __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#described} )); then
    _describe quiesce described
  else
    _files
  fi
}
if [ "$funcstack[1]" = _quiesce ]; then
  _quiesce "$@"
else
  compdef _quiesce quiesce
fi
`;

const FISH = `# quiesce completion for fish. Load it with:  quiesce completion fish | source
function __quiesce_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (quiesce __complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c quiesce -f -a '(__quiesce_complete)'
`;

export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

export type Shell = keyof typeof COMPLETION_SCRIPTS;
