#!/usr/bin/env bash
# Installs the real servers and tools that the tests run against: Debian packages, without a question and without
# leaving a service running. Quick the second time. Whatever cannot be had is named, with the way to get it, and
# fails: a test that has no server is never skipped in silence.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

PACKAGES=(
  postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd # MTA, mailbox
  unbound knot bind9-dnsutils rbldnsd               # resolver, signing name server, blocklist
  prometheus prometheus-blackbox-exporter           # scraper with promtool, and the peer that is our oracle
  gcc libc6-dev                                     # the race detector of Go is C
  dnsperf chromium openssl swaks libnet-ssleay-perl # load for the lab, browser, certificates, SMTP client
)
# Exim conflicts with Postfix, so it is unpacked beside it, with the libraries that only it needs.
EXIM_PACKAGES=(exim4-daemon-light exim4-base libgnutls-dane0 libunbound8 libidn12)
EXIM_ROOT=.cache/exim
EXIM_READY=$EXIM_ROOT/.ready
EXIM_USER=Debian-exim # compiled into the binary, which refuses to start when the user is unknown
POLICY=/usr/sbin/policy-rc.d

say() { echo "==> $*"; }

fail() {
  echo "install-test-packages: $1" >&2
  shift
  printf '  %s\n' "$@" >&2
  exit 1
}

is_installed() {
  # `dpkg -s` also knows packages that were removed but left their configuration.
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    is_installed "$package" || echo "$package"
  done
}

# Root by the shortest way; a prompt for a password would hang an unattended run.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# $1 says what for.
need_root() {
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null ||
    fail "root is needed $1" "get it: run $0 as root, or allow sudo without a password"
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

updated=0
update_lists() {
  [ "$updated" -eq 1 ] && return 0
  need_root "to fetch the package lists: apt-get update"
  say "apt-get update"
  updated=1
  apt update || echo "install-test-packages: apt-get update failed; going on with the package lists at hand" >&2
}

# On a systemd host a mail server would start as soon as it is unpacked. A guard of the host's own is left alone.
guarded=0
guard_services() {
  [ -e "$POLICY" ] && return 0
  guarded=1
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null && as_root chmod 755 "$POLICY"
}
unguard_services() {
  [ "$guarded" -eq 1 ] && as_root rm -f "$POLICY"
  guarded=0
}
trap unguard_services EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_debian_packages() {
  local missing=("$@")
  need_root "to install the Debian packages: ${missing[*]}"
  say "Debian packages: ${missing[*]}"
  guard_services
  printf 'postfix postfix/main_mailer_type select No configuration\npostfix postfix/mailname string localhost\n' |
    as_root debconf-set-selections
  # The lists may be empty (a fresh image) or older than the archive, which then has other versions.
  if ! apt install -y --no-install-recommends --dry-run "${missing[@]}" >/dev/null 2>&1; then update_lists; fi
  if ! apt install -y --no-install-recommends "${missing[@]}" >/dev/null; then
    update_lists
    # One by one, so that one package that cannot be had neither hides the others nor goes unnamed.
    local package
    for package in "${missing[@]}"; do
      apt install -y --no-install-recommends "$package" >/dev/null || true
    done
  fi
  unguard_services
}

exim_works() {
  local binary=$EXIM_ROOT/usr/sbin/exim4 libraries
  [ -x "$binary" ] || return 1
  libraries=$(echo "$PWD/$EXIM_ROOT"/usr/lib/*-linux-gnu*)
  ! LD_LIBRARY_PATH=$libraries ldd "$binary" | grep 'not found'
}

unpack_exim() {
  say "Exim, unpacked into $EXIM_ROOT: ${EXIM_PACKAGES[*]}"
  rm -rf "$EXIM_ROOT" && mkdir -p "$EXIM_ROOT/packages"
  # `apt-get download` needs no root, only the lists.
  download() { (cd "$EXIM_ROOT/packages" && apt-get -qq -o APT::Sandbox::User=root download "$1" </dev/null); }
  local package
  for package in "${EXIM_PACKAGES[@]}"; do
    download "$package" 2>/dev/null || { update_lists && download "$package"; } ||
      fail "no Debian package '$package' to be had" "get it: apt-get update && apt-get download $package"
  done
  for package in "$EXIM_ROOT"/packages/*.deb; do
    dpkg -x "$package" "$EXIM_ROOT" || fail "cannot unpack $package" "remove $EXIM_ROOT and run this again"
  done
  rm -rf "$EXIM_ROOT/packages"
  # A setuid binary would ignore LD_LIBRARY_PATH.
  chmod u-s "$EXIM_ROOT/usr/sbin/exim4"
  exim_works || fail "Exim's libraries named above are missing" \
    "get it: apt-file search NAME tells the package; add it to EXIM_PACKAGES in $0"
  touch "$EXIM_READY"
}

add_exim_user() {
  need_root "to add the user $EXIM_USER: useradd -r $EXIM_USER"
  say "user $EXIM_USER"
  as_root useradd -r -M -s /usr/sbin/nologin "$EXIM_USER" ||
    fail "cannot add the user $EXIM_USER" "get it: useradd -r $EXIM_USER"
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "the tests need real servers, which this script installs from Debian packages; this machine has no apt-get" \
    "packages: ${PACKAGES[*]}" "and, unpacked into $EXIM_ROOT: ${EXIM_PACKAGES[*]}" \
    "get them: run the tests in a Debian 12 container; 'make unit' needs npm packages only"
fi

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then
  install_debian_packages "${missing[@]}"
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" -gt 0 ]; then
    fail "these Debian packages could not be installed: ${missing[*]}" \
      "get them: apt-get update && apt-get install ${missing[*]}" \
      "then run this again; what went wrong stands above"
  fi
fi
[ -e "$EXIM_READY" ] && exim_works || unpack_exim
getent passwd "$EXIM_USER" >/dev/null || add_exim_user
say "test servers: all here"
