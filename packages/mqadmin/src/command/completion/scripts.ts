/** By shell: defines a function that asks the program itself, so that it knows what this version knows. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  // The line is split by blanks alone: bash also ends words at colons, and replaces only what follows the last one.
  bash: `_mqadmin() {
  local line=\${COMP_LINE:0:COMP_POINT} found word
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[\${#words[@]} - 1]}
  COMPREPLY=()
  while IFS=$'\\t' read -r found _; do
    [[ $word == *[:=]* ]] && found=\${found#"\${word%"\${word##*[:=]}"}"}
    COMPREPLY+=("$found")
  done < <("$1" completion candidates -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _mqadmin mqadmin
`,
  zsh: `#compdef mqadmin
_mqadmin() {
  local -a found shown
  local line
  while IFS= read -r line; do
    found+=("\${line%%$'\\t'*}")
    line=\${line/$'\\t'/  -- }
    shown+=("\${line%  -- }")
  done < <("\${words[1]}" completion candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && compadd -M 'm:{a-zA-Z}={A-Za-z}' -l -d shown -a found
}
compdef _mqadmin mqadmin
`,
};
