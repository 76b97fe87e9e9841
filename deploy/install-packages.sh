#!/usr/bin/env bash
# Installs what is missing of the Debian 12 packages that postern needs. Safe to repeat; needs root or sudo
# only when something is missing.
#
#   deploy/install-packages.sh SET...     SET: build (to compile and run), test, bench (on top of test)
set -euo pipefail

declare -A packages=(
  [build]="build-essential cmake ninja-build ccache pkg-config ca-certificates git
           libboost1.81-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
           libabsl-dev libssl-dev libc-ares-dev libcli11-dev nlohmann-json3-dev"
  [test]="libgtest-dev libgmock-dev clang-format shellcheck npm nginx openssl curl procps iproute2
          python3 python3-aiohttp python3-grpcio python3-httpbin python3-protobuf python3-pytest"
  [bench]="wrk"
)

die() {
  echo "install-packages: $*" >&2
  exit 1
}

[[ $# -gt 0 ]] || die "name at least one set of packages: ${!packages[*]}"
wanted=()
for set_name in "$@"; do
  [[ -v "packages[$set_name]" ]] || die "no set of packages is called '$set_name'; there are: ${!packages[*]}"
  read -r -d '' -a set_packages <<<"${packages[$set_name]}" || true
  wanted+=("${set_packages[@]}")
done

command -v apt-get dpkg-query >/dev/null ||
  die "there is no apt-get here: postern is built on Debian 12. Its packages are: ${wanted[*]}"

missing=()
installed=$'\n'$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')$'\n'
for package in "${wanted[@]}"; do
  [[ $installed == *$'\n'"$package"$'\n'* || " ${missing[*]} " == *" $package "* ]] && continue
  # Other builds of Node.js bring npm along, and conflict with Debian's package of that name.
  [[ $package == npm ]] && command -v npm >/dev/null && continue
  missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
  command -v sudo >/dev/null ||
    die "these packages are missing, and installing them needs root or sudo: ${missing[*]}"
  as_root=(sudo)
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --option=Dpkg::Use-Pty=0 "$@"
}

echo "Installing Debian packages (a minute or so): ${missing[*]}"
started=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt update && apt install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  cat "$log" >&2
  die "apt-get failed, see above. The packages' names and versions are those of Debian 12 (bookworm)."
fi
# Debian starts a web server on port 80 with the package; the tests start their own.
if [[ " ${missing[*]} " == *" nginx "* && -d /run/systemd/system ]]; then
  "${as_root[@]}" systemctl disable --quiet --now nginx
fi
echo "Installed in $((SECONDS - started)) s."
