#!/usr/bin/env bash
# Installs the real servers that tests use, on Debian and as root. Quiet, and quick when all are there.
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
)

PATH="$PATH:/usr/sbin:/sbin"
missing=()
for entry in "${wanted[@]}"; do
  command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Not installed: ${missing[*]}. On Debian, run this as root; elsewhere, install them by hand. Their tests are skipped." >&2
  exit 0
fi

echo "Installing ${missing[*]} …"
# Installing starts no service: the tests start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
log="$(mktemp)"
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
if ! install; then
  apt-get update -qq >"$log" 2>&1 && install || { cat "$log" >&2; exit 1; }
fi
rm -f "$log"
