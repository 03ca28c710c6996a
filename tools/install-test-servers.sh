#!/usr/bin/env bash
# Installs the real servers and clients that tests use: on Debian and as root its packages, and for everybody moto and MCP
# clients in folders of their own outside the work tree. Quiet, and quick when all are there.
set -euo pipefail

# program that shows that the package is there : Debian package
wanted=(
  redis-server:redis-server
  dovecot:dovecot-imapd
  postfix:postfix
  chromium:chromium
  nginx:nginx
  haproxy:haproxy
  wrk:wrk
  java:default-jdk-headless
  mvn:maven
  python3:python3
)

PATH="$PATH:/usr/sbin:/sbin"
log="$(mktemp)"
policy=/usr/sbin/policy-rc.d
made_policy=
trap 'rm -f "$log" $made_policy' EXIT

install_packages() {
  local missing=() entry
  for entry in "${wanted[@]}"; do
    command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
  done
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  [ ${#missing[@]} -eq 0 ] && return

  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed: ${missing[*]}. On Debian, run this as root; elsewhere, install them by hand. Their tests are skipped." >&2
    return
  fi

  echo "Installing ${missing[*]} …"
  # Installing starts no service: the tests start their own, on ports of their own.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made_policy="$policy"
  fi
  apt_install "${missing[@]}" || { apt-get update -qq >"$log" 2>&1 && apt_install "${missing[@]}"; } || { cat "$log" >&2; exit 1; }
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1; }

# AWS services written by others; tests/rotation/servers/moto.ts names the same version.
install_moto() {
  local version=5.2.5 folder
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/agentgateway/moto-$version"
  [ -x "$folder/bin/moto_server" ] && return
  echo "Installing moto $version …"
  if ! { python3 -m venv --clear "$folder" && "$folder/bin/pip" install -q --no-input --disable-pip-version-check \
    "moto==$version" flask flask-cors; } >"$log" 2>&1; then
    not_installed moto
  fi
}

# MCP clients written by others; tests/e2e/outside/programs.ts names the same versions.
install_mcp_clients() {
  local fastmcp=4.2.3 mcp=2.3.0 inspector=2.12.0 cache python_folder inspector_folder
  cache="${XDG_CACHE_HOME:-$HOME/.cache}/agentgateway"
  python_folder="$cache/fastmcp-$fastmcp"
  inspector_folder="$cache/mcp-inspector-$inspector"
  if [ ! -x "$python_folder/bin/fastmcp" ]; then
    echo "Installing fastmcp $fastmcp …"
    { python3 -m venv --clear "$python_folder" && "$python_folder/bin/pip" install -q --no-input \
      --disable-pip-version-check "fastmcp==$fastmcp" "mcp==$mcp"; } >"$log" 2>&1 || not_installed fastmcp
  fi
  if [ ! -x "$inspector_folder/node_modules/.bin/mcp-inspector" ]; then
    echo "Installing mcp-inspector $inspector …"
    npm install --prefix "$inspector_folder" --no-audit --no-fund --ignore-scripts \
      "@modelcontextprotocol/inspector@$inspector" >"$log" 2>&1 || not_installed mcp-inspector
  fi
}

not_installed() {
  cat "$log" >&2
  echo "$1 was not installed. Its tests are skipped." >&2
}

install_packages
install_moto
install_mcp_clients
