#!/bin/bash
# bubblewrap 0.8.0: folders that a bind mount's target needs are made 0700, those for --tmpfs and --dir 0755.
#
# One would guess: the missing parents of a target (/a and /a/b of `--ro-bind data /a/b/data`) come out alike for all
# options and open to read, as `mkdir -p` makes them, since nothing but the mount lies in them.
# What happens: for --bind and --ro-bind they have mode 0700 whatever the source's own mode and the umask say; for
# --tmpfs and --dir they have 0755. So a command that gives up its uid inside (setpriv, su, a server that drops to its
# own user) gets "permission denied" on a mount whose files everybody may read. Naming the parents first
# (--dir /a --dir /a/b) keeps them 0755 and it works.
# Why it matters: the same sandbox works as an ordinary user and fails for root that drops its rights, with an error
# that points at the file and not at the folder that the sandbox has made.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The Debian package, fetched through a private apt folder: nothing on this system changes.
mkdir -p "$work"/apt/{state,lists/partial,cache/archives/partial}
: >"$work/apt/status"
archive=$(. /etc/os-release && apt-get indextargets --format '$(REPO_URI)' "Codename: $VERSION_CODENAME" | sed -n 1p)
[ -n "$archive" ] || { echo 'Run apt-get update first: the archive is read from its lists.'; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive bookworm main" >"$work/apt/sources.list"
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
(cd "$work" && apt-get -qq download bubblewrap=0.8.0-2+deb12u1 && dpkg-deb -x bubblewrap_*.deb unpacked)

bwrap="$work/unpacked/usr/bin/bwrap"
mkdir -m 755 "$work/data"
echo readable >"$work/data/file"
chmod 644 "$work/data/file"
sandbox() {
  local libraries=(--symlink usr/lib /lib)
  [ -e /lib64 ] && libraries+=(--symlink usr/lib64 /lib64)
  "$bwrap" --ro-bind /usr /usr --symlink usr/bin /bin "${libraries[@]}" "$@"
}
modes() { sandbox "$@" stat -c '%n %a' /a /a/b | paste -sd ' '; }

changed=0
check() { # what, expected, got
  echo "$1: $3"
  [ "$3" = "$2" ] || { echo "  CHANGED: was $2"; changed=1; }
}
"$bwrap" --version
check 'parents of a --tmpfs' '/a 755 /a/b 755' "$(modes --tmpfs /a/b/data)"
check 'parents of a --dir' '/a 755 /a/b 755' "$(modes --dir /a/b/data)"
check 'parents of a --ro-bind of a folder with 0755' '/a 700 /a/b 700' "$(modes --ro-bind "$work/data" /a/b/data)"
check 'parents of a --bind of a file with 0644' '/a 700 /a/b 700' "$(modes --bind "$work/data/file" /a/b/file)"
check 'the same with the parents named first' '/a 755 /a/b 755' \
  "$(modes --dir /a --dir /a/b --ro-bind "$work/data" /a/b/data)"
if [ "$(id -u)" = 0 ]; then # only root can become another user inside
  read_as_nobody() {
    sandbox "$@" --ro-bind "$work/data" /a/b/data \
      setpriv --reuid=65534 --regid=65534 --clear-groups cat /a/b/data/file 2>&1 | sed 's/.*: Permission denied/refused/'
  }
  check 'read by a command that became uid 65534' refused "$(read_as_nobody || true)"
  check 'the same with the parents named first' readable "$(read_as_nobody --dir /a --dir /a/b)"
fi
[ "$changed" = 0 ] && echo 'As found: the parents of a bind mount are closed to other users.'
exit "$changed"
