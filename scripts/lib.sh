# Shared by ./test, ./demo and .ci/run: source it, do not run it.
#
#   say, warn, die            one line for people, on stderr
#   need_system COMMAND PKG   a Debian package, installed when we may, named when we may not
#   need_python_module MODULE PKG NAME   a module of python3: Debian's package, its name on PyPI
#   need_rust                 the pinned toolchain of rust-toolchain.toml
#   need_cargo_tool CRATE VERSION   a cargo subcommand in ~/.cargo/bin
#   need_python FILE [FOLDER] a virtual environment (.venv) with the packages of a requirements file
#   need_node FOLDER          Node.js, and the packages of the folder's package-lock.json
#   need_console              the console's pages, built when their sources are newer
#   may_mount                 whether disks of one's own and network namespaces can be made here
#   stage NAME COMMAND...     runs a step, remembers its result and time
#   summary                   prints every stage; returns 1 when one failed
#
# Every helper is safe to call twice: what is there already is left alone.

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  c_bold=$'\e[1m' c_red=$'\e[31m' c_green=$'\e[32m' c_off=$'\e[0m'
else
  c_bold='' c_red='' c_green='' c_off=''
fi

say() { printf '%s\n' "$*" >&2; }
warn() { printf '%s%s%s\n' "$c_red" "$*" "$c_off" >&2; }
die() { warn "$*"; exit 2; }

# --- what a fresh machine lacks ------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo "$@"
  else return 1
  fi
}

apt_is_fresh=no

install_packages() {
  command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$apt_is_fresh" = no ]; then
    as_root apt-get update -qq || return 1
    apt_is_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_system() {
  local command=$1 packages=$2
  command -v "$command" >/dev/null 2>&1 && return 0
  say "installing $packages (for \`$command\`)"
  # shellcheck disable=SC2086  # a list of packages is meant
  install_packages $packages && command -v "$command" >/dev/null 2>&1 && return 0
  die "\`$command\` is missing and could not be installed here. Install it, on Debian: apt-get install $packages"
}

# A module of the python3 that is found first: Debian's package where that is Debian's python, else from PyPI.
need_python_module() {
  local module=$1 package=$2 name=$3
  has_module() { python3 -c "import $module" >/dev/null 2>&1; }
  has_module && return 0
  say "installing $package (for python3's \`$module\`)"
  install_packages "$package"
  has_module || python3 -m pip install --quiet "$name" >&2
  has_module || die "python3 has no \`$module\` and it could not be installed here. Install it, on Debian: apt-get install $package"
}

need_rust() {
  local wanted
  wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' "$root/rust-toolchain.toml")
  [ -d "$HOME/.cargo/bin" ] && case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) PATH="$HOME/.cargo/bin:$PATH" ;; esac
  command -v cargo >/dev/null 2>&1 || die "Rust is missing. Install rustup from https://rustup.rs, then run this again (Rust $wanted is fetched by itself)."
  if ! (cd "$root" && rustc --version 2>/dev/null | grep -q "rustc $wanted"); then
    command -v rustup >/dev/null 2>&1 || die "Rust $wanted is needed and rustup is not here to fetch it; found: $(rustc --version 2>&1)"
    say "installing Rust $wanted"
    rustup toolchain install "$wanted" --profile minimal --component rustfmt --component clippy || die "rustup could not install Rust $wanted"
  fi
}

# Built without optimisation: these tools run for a second, compiling them optimised takes minutes.
need_cargo_tool() {
  local crate=$1 version=$2
  command -v "$crate" >/dev/null 2>&1 && return 0
  say "installing $crate $version (once, into ~/.cargo/bin)"
  CARGO_TARGET_DIR="$root/target/tools" CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install --locked --debug --version "$version" "$crate"
}

# The packages are installed again only when the file that lists them changes.
need_python() {
  local wanted=$1 venv=${2:-$root/.venv}
  local stamp=$venv/installed
  need_system python3 "python3 python3-venv"
  if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    python3 -m venv "$venv" 2>/dev/null || {
      install_packages python3-venv || die "python3 cannot make a virtual environment; on Debian: apt-get install python3-venv"
      python3 -m venv "$venv"
    }
  fi
  if ! cmp -s "$wanted" "$stamp"; then
    say "installing python packages of ${wanted#"$root"/} into ${venv#"$root"/}"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted" || return 1
    cp "$wanted" "$stamp"
  fi
}

# As above: again only when the lock file changes.
need_node() {
  local folder=$1
  local wanted=$folder/package-lock.json stamp=$folder/node_modules/.installed
  need_system node nodejs
  need_system npm npm
  node --eval 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)' ||
    die "Node.js 20.19 or later is needed; found $(node --version). Install it from https://nodejs.org"
  if ! cmp -s "$wanted" "$stamp"; then
    say "installing npm packages of ${folder#"$root"/}"
    (cd "$folder" && npm ci --silent --no-audit --no-fund) || return 1
    cp "$wanted" "$stamp"
  fi
}

# In development profile the program reads the pages from where they are built, so they may be built before it or after it.
need_console() {
  local built=$root/console/dist/site/index.html
  need_node "$root/sdk/typescript" && need_node "$root/console" || return 1
  if [ -f "$built" ] && [ -z "$(find "$root/console/src" "$root/console/public" "$root/console/index.html" "$root/console/vite.config.ts" \
    "$root/console/package-lock.json" "$root/sdk/typescript/src" "$root/docs/guides/console.md" -newer "$built" -print -quit)" ]; then
    return 0
  fi
  say "building the console"
  (cd "$root/sdk/typescript" && npm run --silent build) && (cd "$root/console" && npm run --silent build >/dev/null)
}

# --- stages --------------------------------------------------------------------------------------------------

stage_names=() stage_results=() stage_seconds=()
stages_started=$SECONDS
# Where nobody can scroll back (a log that is cut), the last lines of what failed stand again above the table.
stages_said=$root/target/stages

stage() {
  local name=$1 started=$SECONDS result=ok
  shift
  printf '\n%s── %s%s  %s\n' "$c_bold" "$name" "$c_off" "$*" >&2
  if [ -t 2 ]; then "$@" || result=FAILED
  else
    mkdir -p "$stages_said"
    "$@" > >(tee "$stages_said/$name" >&2) 2>&1 || result=FAILED
  fi
  stage_names+=("$name") stage_results+=("$result") stage_seconds+=($((SECONDS - started)))
  [ "$result" = ok ] || { warn "── $name failed"; return 1; }
}

may_mount() {
  local folder space=convoy-$$
  folder=$(mktemp -d) || return 1
  mount -t tmpfs -o size=1m convoy-test "$folder" 2>/dev/null && umount "$folder" && ip netns add "$space" 2>/dev/null && ip netns delete "$space"
  local result=$?
  rmdir "$folder"
  return "$result"
}

skipped() {
  stage_names+=("$1") stage_results+=("skipped: $2") stage_seconds+=(0)
  warn "── $1 SKIPPED: $2"
}

summary() {
  local index name result colour failed=0
  for index in "${!stage_names[@]}"; do
    name=${stage_names[$index]}
    # ./test, run as a stage, has done so itself.
    [ ! -t 2 ] && [ "${stage_results[$index]}" = FAILED ] && [ "$name" != test ] || continue
    warn "── $name failed; the last it said:"
    tail -n 60 "$stages_said/$name" >&2
  done
  printf '\n%s%-14s %7s  %s%s\n' "$c_bold" stage seconds result "$c_off" >&2
  for index in "${!stage_names[@]}"; do
    result=${stage_results[$index]} colour=$c_green
    [ "$result" = ok ] || colour=$c_red
    [ "$result" = FAILED ] && failed=1
    printf '%-14s %7s  %s%s%s\n' "${stage_names[$index]}" "${stage_seconds[$index]}" "$colour" "$result" "$c_off" >&2
  done
  printf '%-14s %7s  ' all $((SECONDS - stages_started)) >&2
  if [ "$failed" = 0 ]; then say "${c_green}passed${c_off}"; else warn "failed"; fi
  return "$failed"
}
