# SPDX-License-Identifier: Apache-2.0
# Sourced by up and check: installs what debian/control lists (root only for that), and runs everything else as an unprivileged user.
# Gives: install_packages [nocheck], as_user COMMAND…, user_owns DIR…

hygie_user=hygie-run

say() { printf '%s\n' "$*"; }
die() { printf 'hygie: %s\n' "$*" >&2; exit 1; }

# Root privileges for the package manager only.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"
	elif command -v sudo >/dev/null 2>&1; then sudo "$@"
	else die "packages are missing and neither root nor sudo is at hand: install what debian/control lists, then try again"
	fi
}

# Everything else. Started as root, a user without rights is made for it: PostgreSQL and Chromium refuse root, and a server must.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u "$hygie_user" -- env HOME="$hygie_home" PATH="/usr/local/bin:/usr/bin:/bin" ${HYGIE_SHARED:+HYGIE_SHARED="$HYGIE_SHARED"} ${CI:+CI="$CI"} ${HYGIE_AXE:+HYGIE_AXE="$HYGIE_AXE"} "$@"
	else
		"$@"
	fi
}

make_user() {
	[ "$(id -u)" = 0 ] || return 0
	id -u "$hygie_user" >/dev/null 2>&1 || useradd --system --create-home --home-dir "/var/lib/$hygie_user" --shell /usr/sbin/nologin "$hygie_user"
	hygie_home=$(getent passwd "$hygie_user" | cut -d: -f6)
	as_user test -r "$PWD/meson.build" || die "the user $hygie_user cannot read $PWD: open the way to this folder (chmod o+x), or start as an ordinary user"
}

# The folders that the unprivileged user writes to.
user_owns() {
	mkdir -p "$@"
	if [ "$(id -u)" = 0 ]; then chown -R "$hygie_user" "$@"; fi
}

wanted_packages() { # the Build-Depends, without versions; with "nocheck" those for tests only left out
	sed -n '/^Build-Depends:/,/^[A-Z]/p' debian/control | sed '1d;/^[A-Z]/d' |
		{ if [ "${1:-}" = nocheck ]; then grep -v '<!nocheck>'; else cat; fi; } |
		sed -E 's/<[^>]*>//; s/\([^)]*\)//; s/[ ,]//g' | grep -v '^debhelper-compat$' | grep .
}

install_packages() {
	local missing= package
	for package in $(wanted_packages "${1:-}"); do
		# The machine's own mail is not ours to replace: with another mail server there, the test of Postfix is left out.
		if [ "$package" = postfix ] && [ -x /usr/sbin/sendmail ]; then continue; fi
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "Installing:$missing"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || die "apt-get update failed"
	case $missing in *postfix*) echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections ;; esac # it listens nowhere: a test starts its own
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || die "apt-get could not install:$missing"
}

# Configure once, build what changed. build_in DIR [meson options…]
build_in() {
	local dir=$1; shift
	user_owns "$dir"
	[ -f "$dir/build.ninja" ] || as_user meson setup "$dir" "$@" >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log" >&2; die "meson could not configure $dir"; }
	as_user ninja -C "$dir" >"$dir/build.log" 2>&1 || { tail -n 60 "$dir/build.log" >&2; die "the build in $dir failed; the whole log is $dir/build.log"; }
}
