#!/usr/bin/env bash
# Builds, serves, tests and measures dermdistill; installs what is missing on the way. See usage() below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly bindgen_version=0.2.130 deny_version=0.20.2 fuzz_version=0.13.2
readonly cache="${XDG_CACHE_HOME:-$HOME/.cache}/dermdistill"
readonly bindgen="$cache/wasm-bindgen-$bindgen_version/bin/wasm-bindgen"
readonly deny="$cache/cargo-deny-$deny_version/bin/cargo-deny"
readonly cargo_fuzz="$cache/cargo-fuzz-$fuzz_version/bin/cargo-fuzz"
readonly chromium="${CHROMIUM:-/usr/bin/chromium}"
# The most memory a module may ask the browser for. A classifier: enough for the largest photograph allowed, small enough for a telephone.
# A learner: what keeps every activation of a batch.
readonly classifier_memory=$((1 << 30)) learner_memory=$((2 << 30))
# What a WebAssembly build is compiled for.
readonly simd=+simd128 relaxed=+simd128,+relaxed-simd threads=+simd128,+relaxed-simd,+atomics,+bulk-memory,+mutable-globals

usage() {
  cat <<'TEXT'
./build.sh wasm          the WebAssembly builds, their bindings and the size budget, into www/pkg
./build.sh site          all of that and the pages, into www/dist
./build.sh serve [PORT]  all of that, served on this machine; prints the address
./build.sh test          everything: format, lints, native tests, documentation, types, and the page in a real Chromium
./build.sh reproduce     the site and the package once more in another folder, and whether every byte is the same
./build.sh supply        what of others is in it: sources, licences, duplicates, known vulnerabilities, and whether THIRD-PARTY.txt is current
./build.sh fuzz [SECONDS]  each fuzz target for that long (600), from the hostile files on; needs a nightly toolchain
./build.sh soak          2,000 classifications and 20 learners in Chromium with hostile files among them, and memory along the way
./build.sh sanitize      the kernels under Miri (scalar code) and AddressSanitizer (every instruction set here); needs a nightly toolchain
./build.sh bench         timings: native, and the network in Chromium; with PEERS=FOLDER beside the peers of that benchmark
./build.sh help          this text

Needs rustup, Node.js 20.19 or newer with npm, and for test and bench Chromium (installed with apt-get where that is possible).
TEXT
}

say() { printf '\n== %s\n' "$*"; }

need() {
  command -v "$1" >/dev/null && return
  echo "$1 is missing: $2" >&2
  exit 1
}

need_rust() {
  need cargo 'install Rust with rustup (https://rustup.rs)'
  need rustup 'install Rust with rustup (https://rustup.rs); it brings the wasm target'
  need cc 'install a C compiler, whose linker Rust uses (Debian: sudo apt-get install gcc libc6-dev)'
  # rust-toolchain.toml names the compiler, its parts and the wasm target.
  rustup show active-toolchain >/dev/null 2>&1 || rustup toolchain install
  rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
  rustup component list --installed | grep -qx rust-src || rustup component add rust-src
}

# A program that cargo builds, once: its crate, the version, where the binary belongs, further options.
need_tool() {
  local name=$1 version=$2 binary=$3 said
  [[ -x $binary ]] && return
  say "$name $version (once; some minutes)"
  local install=(cargo install "$name" --version "=$version" --root "${binary%/bin/*}" --quiet "${@:4}")
  said=$("${install[@]}" --locked 2>&1) && return
  # Its own lock file can name a dependency that was withdrawn since; the version of the program is pinned either way. Whatever else
  # went wrong would go wrong again.
  if ! grep -q 'failed to select a version' <<<"$said"; then
    printf '%s\n' "$said" >&2
    return 1
  fi
  "${install[@]}"
}

need_bindgen() {
  # Unoptimised, as cargo-deny below: it runs for seconds.
  need_tool wasm-bindgen-cli "$bindgen_version" "$bindgen" --debug
}

need_npm() {
  need npm 'install Node.js 20.19 or newer'
  local stamp=www/node_modules/.installed
  [[ $stamp -nt www/package-lock.json ]] && return
  say 'npm packages'
  (cd www && npm ci --no-audit --no-fund)
  touch "$stamp"
}

need_chromium() {
  [[ -x $chromium ]] && return
  if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
    say 'Chromium'
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  fi
  [[ -x $chromium ]] && return
  echo "no Chromium at $chromium: install it (Debian: sudo apt-get install chromium) or set CHROMIUM to its path" >&2
  exit 1
}

# Browsers of other engines, for the tests that run in them: without them they say that they were left out.
need_others() {
  command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] || return 0
  [[ -x /usr/bin/firefox-esr && -x /usr/bin/WebKitWebDriver ]] && return
  say 'Firefox and WebKitGTK'
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends firefox-esr webkit2gtk-driver xvfb >/dev/null
}

# Where cargo builds: CARGO_TARGET_DIR, a configuration's folder, or target.
target_folder() {
  cargo metadata --format-version 1 --no-deps | node -p 'JSON.parse(fs.readFileSync(0)).target_directory'
}

# Cargo for one WebAssembly build: name, target features, memory limit, what to do. Each build has a target folder of its own, so neither evicts the
# other's cache.
wasm_cargo() {
  local name=$1 target unstable=()
  local flags=(
    -C "target-feature=$2" -C "link-arg=--max-memory=$3"
    # LLVM's loop strength reduction recomputes addresses that WebAssembly's loads can hold as constant offsets: without it the network runs
    # 5 % faster (Chromium, x86) and the code is smaller.
    -C llvm-args=--disable-lsr
    # Messages of panics name source files; they need not name this machine's folders.
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" "--remap-path-prefix=$PWD=."
  )
  if [[ $2 == "$threads" ]]; then
    # The standard library that comes with the compiler is for one thread, so it is compiled as well, from the source that rustup brings. Cargo calls
    # that unstable; the compiler is the pinned one all the same, and RUSTC_BOOTSTRAP asks it not to mind.
    local -x RUSTC_BOOTSTRAP=1
    unstable=(-Zbuild-std=std,panic_abort -Zbuild-std-features=)
    flags+=(-C link-arg=--shared-memory -C link-arg=--import-memory "--remap-path-prefix=${RUSTUP_HOME:-$HOME/.rustup}=rustup")
    # What the bindings need to give each thread its own variables.
    flags+=(-C link-arg=--export=__wasm_init_tls -C link-arg=--export=__tls_size -C link-arg=--export=__tls_align -C link-arg=--export=__tls_base)
  fi
  target=$(target_folder)
  shift 3
  # Separated by a character that no path holds.
  CARGO_ENCODED_RUSTFLAGS="$(IFS=$'\x1f' && printf '%s' "${flags[*]}")" CARGO_TARGET_DIR="$target/wasm-$name" \
    cargo "$1" "${unstable[@]}" "${@:2}"
}

# What runs on this machine while a WebAssembly build is made (procedural macros, build scripts) is the same for all of them: for the first build of
# one name it is taken over from another that has ended. Moved into place whole, so that an interruption leaves nothing half-copied.
share_host() {
  local target to
  target=$(target_folder)
  to=$target/wasm-$1/wasm
  [[ -d $target/wasm-$2/wasm && ! -e $to ]] || return 0
  mkdir -p "${to%/*}"
  rm -rf "$to.part"
  cp -a "$target/wasm-$2/wasm" "$to.part"
  mv "$to.part" "$to"
}

readonly wasm_target=(--lib --quiet --target wasm32-unknown-unknown --no-default-features --features web)

# One WebAssembly build and its bindings, into www/pkg: name, target features, memory limit, further features of the crate.
build_variant() {
  local name=$1 features=$2 memory=$3 more=${4:-} out=www/pkg/$1 target
  # A second build may leave out what the first one has made.
  [[ -z ${ONLY_WASM:-} || " $ONLY_WASM " == *" $name "* ]] || return 0
  wasm_cargo "$name" "$features" "$memory" rustc "${wasm_target[@]}$more" --profile wasm --crate-type cdylib
  target=$(target_folder)
  # The owner of a worker names the file; the bindings need not.
  "$bindgen" --target web --out-dir "$out" --out-name dermdistill --omit-default-module-path --remove-name-section --remove-producers-section \
    "$target/wasm-$name/wasm32-unknown-unknown/wasm/dermdistill.wasm"
}

build_wasm() {
  need node 'install Node.js 20.19 or newer'
  need_rust
  need_bindgen
  need_npm
  say 'WebAssembly'
  # Two at a time: the end of a build is the optimising of one whole program, which is one thread's work.
  (
    build_variant simd "$simd" "$classifier_memory"
    share_host relaxed simd
    build_variant relaxed "$relaxed" "$classifier_memory"
  ) &
  local beside=$!
  build_variant learn "$simd" "$learner_memory" ,learn
  wait "$beside"
  share_host learn-relaxed learn
  share_host learn-threads learn
  build_variant learn-threads "$threads" "$learner_memory" ,learn,parallel &
  beside=$!
  build_variant learn-relaxed "$relaxed" "$learner_memory" ,learn
  wait "$beside"
  node www/release.mjs weights/student.safetensors
}

# The learner as a module that takes the golden training run, for its test in Chromium.
build_learner_step() {
  local name=learner_step target
  wasm_cargo learn "$simd" "$learner_memory" build --quiet --target wasm32-unknown-unknown --no-default-features --features web,learn \
    --example "$name"
  target=$(target_folder)
  "$bindgen" --target web --out-dir www/pkg/learner --out-name "$name" "$target/wasm-learn/wasm32-unknown-unknown/debug/examples/$name.wasm"
}

build_site() {
  build_wasm
  say 'pages'
  (cd www && npx vite build --logLevel warn)
}

run_tests() {
  need node 'install Node.js 20.19 or newer'
  need_rust
  need_chromium
  need_others
  say 'format and lints'
  cargo fmt --check
  cargo clippy --all-targets --quiet -- -D warnings
  # What only a browser compiles.
  wasm_cargo relaxed "$relaxed" "$classifier_memory" clippy "${wasm_target[@]}" -- -D warnings
  # And the learner, which a browser will load; without threads it is the same but for a handful of lines.
  wasm_cargo learn-threads "$threads" "$learner_memory" clippy "${wasm_target[@]},learn,parallel" -- -D warnings
  check_supply
  say 'native tests'
  cargo test
  # A release does not check for overflow by itself.
  cargo test --release --no-default-features --test promises
  say 'documentation'
  RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --quiet
  build_site
  # One module stands for the others, which are compiled alike; `./build.sh reproduce` compares them all.
  run_reproduce relaxed
  build_learner_step
  say 'types'
  (cd www && npm run --silent types)
  say 'in Chromium'
  (cd www && CHROMIUM=$chromium DERMDISTILL="$(target_folder)/debug/dermdistill" npx playwright test)
}

# What of others is in it. The databases of known vulnerabilities are asked where they answer; all else holds offline.
check_supply() {
  need node 'install Node.js 20.19 or newer'
  need_rust
  need_npm
  # Unoptimised: it runs for seconds, and would be compiled for minutes.
  need_tool cargo-deny "$deny_version" "$deny" --debug
  say 'supply chain'
  "$deny" --all-features check --hide-inclusion-graph licenses bans sources
  if "$deny" --all-features fetch db 2>/dev/null; then
    "$deny" --all-features check advisories
  else
    echo 'SKIPPED: cargo deny check advisories: the database of advisories (github.com/rustsec/advisory-db) cannot be reached'
  fi
  node scripts/npm-check.mjs
  node scripts/third-party.mjs --check
}

# The same bytes from another folder. With names: of those WebAssembly builds and the pages alone.
run_reproduce() {
  say 'the same release from another folder'
  node scripts/reproduce.mjs "$@"
}

run_soak() {
  build_wasm
  need_chromium
  CHROMIUM=$chromium node benches/browser/soak.mjs
}

# Fuzzes every target for so many seconds.
run_fuzz() {
  need node 'install Node.js 20.19 or newer'
  need rustup 'install Rust with rustup (https://rustup.rs)'
  cargo +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal
  need_tool cargo-fuzz "$fuzz_version" "$cargo_fuzz" --debug
  node scripts/cards.mjs fuzz/corpus/card tests/hostile/weights/*.safetensors weights/student.safetensors
  local target seeds
  for target in image weights card table; do
    case $target in
      image) seeds=(tests/hostile/image tests/golden/photo) ;;
      weights) seeds=(tests/hostile/weights) ;;
      table) seeds=(tests/hostile/csv) ;;
      card) seeds=() ;;
    esac
    say "fuzzing $target for $1 s"
    mkdir -p "fuzz/corpus/$target"
    PATH="${cargo_fuzz%/*}:$PATH" cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "${seeds[@]}" -- \
      "-max_total_time=$1" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
  done
}

# Each finds what the other cannot: Miri knows the language's rules but no vector instruction, AddressSanitizer only memory, at full speed.
run_sanitizers() {
  need rustup 'install Rust with rustup (https://rustup.rs)'
  rustup component add miri rust-src --toolchain nightly
  local tests=(--no-default-features --test promises --test kernels)
  say 'Miri'
  CARGO_TARGET_DIR=target/miri cargo +nightly miri test "${tests[@]}"
  say 'AddressSanitizer'
  local host
  host=$(rustc +nightly -vV | sed -n 's/^host: //p')
  RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=target/asan cargo +nightly test --release --target "$host" "${tests[@]}"
}

run_bench() {
  build_wasm
  need_chromium
  say 'native'
  cargo bench
  say 'PyTorch, a training step and one of SSD-KD'
  if python3 -c 'import torch' 2>/dev/null; then
    [[ -z ${PEERS:-} ]] || python3 "$PEERS/native/torch_step.py" 2
    python3 benches/distill_step.py 2
  else
    echo 'left out: python3 has no torch'
  fi
  say 'in Chromium'
  build_variant teacher "$relaxed" "$classifier_memory" ,resnet
  CHROMIUM=$chromium node benches/browser/run.mjs ${PEERS:+"$PEERS" "$cache"}
  say 'learning in Chromium'
  CHROMIUM=$chromium node benches/browser/learn.mjs
  say 'the lab in Chromium'
  (cd www && npx vite build --logLevel warn)
  CHROMIUM=$chromium node benches/browser/lab.mjs
}

case "${1:-}" in
  wasm) build_wasm ;;
  site) build_site ;;
  serve)
    build_site
    node www/serve.mjs www/dist "${2:-8080}"
    ;;
  test) run_tests ;;
  reproduce)
    build_site
    run_reproduce
    ;;
  supply) check_supply ;;
  soak) run_soak ;;
  fuzz) run_fuzz "${2:-600}" ;;
  sanitize) run_sanitizers ;;
  bench) run_bench ;;
  -h | --help | help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
