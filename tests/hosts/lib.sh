# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tests/hosts/build and tests/hosts/run share: messages, the cache, package installation, the archive.

# shellcheck disable=SC2034  # used by the scripts that source this file
hosts_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache_dir=${OCI_HOOKS_CACHE:-/var/cache/oci-systemd-hooks}
suites=(bookworm trixie forky)

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

note() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# is_suite NAME: true for a suite we have hosts of.
is_suite() {
    local suite
    for suite in "${suites[@]}"; do
        [[ $suite == "$1" ]] && return 0
    done
    return 1
}

# use_lock PATH: the file that whoever uses the cached thing PATH holds a lock on.
use_lock() {
    printf '%s\n' "$cache_dir/lock/use-${1##*/}"
}

# need_packages PACKAGE...: installs what is missing on this machine; parallel callers wait for each other.
need_packages() {
    local package missing=()

    for package; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    [[ $EUID -eq 0 ]] || die "${missing[*]} missing, and only root can install them"
    note "installing ${missing[*]}"
    mkdir -p "$cache_dir"/{lock,log}
    (
        flock 9
        export DEBIAN_FRONTEND=noninteractive
        apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${missing[@]}" ||
            { apt-get update -qq &&
                apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${missing[@]}"; }
    ) 9>"$cache_dir/lock/apt" >"$cache_dir/log/apt" 2>&1 ||
        { tail -n 20 "$cache_dir/log/apt" >&2; die "cannot install ${missing[*]}"; }
}

# archive_uri: the Debian archive that this machine's apt uses for its own release.
archive_uri() {
    local uri
    if [[ -n ${OCI_HOOKS_ARCHIVE:-} ]]; then
        printf '%s\n' "$OCI_HOOKS_ARCHIVE"
        return
    fi
    # shellcheck disable=SC2016  # the format is apt's
    uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 !~ /[-\/]/ && $3 == "main" && $1 ~ /\/debian\/?$/ { print $1; exit }')
    [[ -n $uri ]] || die "no Debian archive in this machine's apt sources; set OCI_HOOKS_ARCHIVE"
    printf '%s\n' "$uri"
}
