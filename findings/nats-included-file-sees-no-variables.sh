#!/bin/bash
# nats-server 2.10.27: an included file does not see the variables of the file that includes it.
#
# One would guess: `include` puts the other file's text in its place, so a variable that stands above it can be used there.
# What happens: the included file is read by itself. A variable of the parent, even one defined before the include, ends
# the start with "variable reference for … can not be found". What the included file defines itself, or includes itself,
# it can use; and the parent may use what the included file has defined.
# Why it matters: accounts kept in one file and keys as variables in another must be joined from below: the file that uses
# the keys includes them, not the file that includes both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The server's Debian package, fetched through a private apt folder: nothing on this system changes.
mkdir -p "$work"/apt/{state,lists/partial,cache/archives/partial}
: >"$work/apt/status"
archive=$(. /etc/os-release && apt-get indextargets --format '$(REPO_URI)' "Codename: $VERSION_CODENAME" | sed -n 1p)
[ -n "$archive" ] || { echo 'Run apt-get update first: the archive is read from its lists.'; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" >"$work/apt/sources.list"
cat >"$work/apt/conf" <<END
Dir::State "$work/apt/state";
Dir::State::Lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
Dir::Etc::SourceList "$work/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "$(id -un)";
END
export APT_CONFIG="$work/apt/conf"
apt-get -qq update
(cd "$work" && apt-get -qq download nats-server=2.10.27-1+b2 && dpkg-deb -x nats-server_*.deb server)
server="$work/server/usr/sbin/nats-server"
"$server" --version
cd "$work"

echo 'KEY: "secret"' >keys.conf
# The parent defines, the included file uses.
printf 'KEY: "secret"\ninclude accounts.conf\n' >from-above.conf
printf 'authorization { users: [ { user: app, password: $KEY } ] }\n' >accounts.conf
# The included file uses what it includes itself.
printf 'include below.conf\n' >from-below.conf
printf 'include keys.conf\nauthorization { users: [ { user: app, password: $KEY } ] }\n' >below.conf
# The parent uses what an included file defines.
printf 'include keys.conf\nauthorization { users: [ { user: app, password: $KEY } ] }\n' >upwards.conf

look() { if "$server" -c "$1" -t >"$1.said" 2>&1; then echo "$1: valid"; else echo "$1: $(grep -o 'variable reference.*' "$1.said" | head -n 1)"; fi; }
said=$(look from-above.conf; look from-below.conf; look upwards.conf)
echo "$said"
grep -q '^from-above.conf: variable reference.*can not be found' <<<"$said" &&
  grep -q '^from-below.conf: valid' <<<"$said" && grep -q '^upwards.conf: valid' <<<"$said" ||
  { echo 'It behaves otherwise now.'; exit 1; }
