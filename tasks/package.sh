# Makes packages of the release in target/package: an archive, a Debian package where dpkg-deb is installed, and their
# checksums.
set -eu
target=$(sh tasks/target-dir.sh)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
packages=target/package
name=sightline-$version-$(uname -m)-$(uname -s | tr '[:upper:]' '[:lower:]')
rm -rf "$packages"
mkdir -p "$packages"

# program FOLDER: the program with what it needs beside it.
program() {
    mkdir -p "$1"
    strip -o "$1/sightline" "$target/release/sightline"
    cp "$target/release/hash.txt" "$target/release/visitors.txt" "$1"
    cp -R target/site "$1/site"
}

# papers FOLDER: documents, examples and licences.
papers() {
    mkdir -p "$1/examples"
    cp README.md CHANGELOG.md SECURITY.md LICENSE-APACHE LICENSE-MIT "$1"
    cp docs/*.md "$1"
    cp ops/nginx.conf ops/Caddyfile ops/haproxy.cfg ops/compose.yaml "$1/examples"
    cp "$packages/crates" "$1/LICENCES-OF-CRATES"
}

# The crates in the server and in the browsers' programs, each with its licence, then their licences' texts, each once.
crates() {
    {
        cargo metadata --locked --format-version 1 --features ssr --filter-platform "$(rustc -vV | sed -n 's/^host: //p')"
        cargo metadata --locked --format-version 1 --features owner --filter-platform wasm32-unknown-unknown
    } | node tasks/licences.mjs
}
crates >"$packages/crates"

# ---- the archive ----------------------------------------------------------------------------------

folder=$packages/$name
program "$folder"
papers "$folder/doc"
cp ops/sightline.service ops/sightline.env "$folder/doc/examples"
# The same sources make the same archive where tar can say so.
tar_options=''
if tar --version 2>/dev/null | grep -q GNU; then
    date=$(git log -1 --format=%ct 2>/dev/null || echo 0)
    tar_options="--sort=name --owner=0 --group=0 --numeric-owner --mtime=@$date"
fi
# shellcheck disable=SC2086 # a list of words
tar -C "$packages" $tar_options -cf - "$name" | gzip -9 -n >"$packages/$name.tar.gz"
rm -rf "$folder"

# ---- the Debian package ---------------------------------------------------------------------------

if command -v dpkg-deb >/dev/null 2>&1; then
    root=$packages/root
    program "$root/usr/lib/sightline"
    mkdir -p "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/etc/sightline" "$root/DEBIAN"
    ln -s ../lib/sightline/sightline "$root/usr/bin/sightline"
    cp ops/sightline.service "$root/usr/lib/systemd/system"
    install -m 0640 ops/sightline.env "$root/etc/sightline/sightline.env"
    papers "$root/usr/share/doc/sightline"
    # The newest version of glibc that the program asks for.
    glibc=$(objdump -T "$root/usr/lib/sightline/sightline" | sed -n 's/.*GLIBC_\([0-9.]*\)).*/\1/p' | sort -V | tail -n 1)
    architecture=$(dpkg --print-architecture)
    cat >"$root/DEBIAN/control" <<CONTROL
Package: sightline
Version: $version
Architecture: $architecture
Maintainer: Sightline <sightline@localhost>
Section: web
Priority: optional
Depends: libc6 (>= $glibc), libgcc-s1, ca-certificates, redis-server (>= 5:7.0) | valkey-server, fonts-liberation, fonts-dejavu-core
Recommends: fonts-wqy-zenhei
Suggests: nginx | caddy | haproxy
Description: tells who reads your documents, the moment they read them
 Share a document by a link and see who reads it, page by page, while they do.
 One program with its web pages; it starts its own Redis, or uses yours.
CONTROL
    echo /etc/sightline/sightline.env >"$root/DEBIAN/conffiles"
    install -m 0755 ops/debian/postinst ops/debian/prerm ops/debian/postrm "$root/DEBIAN"
    dpkg-deb --root-owner-group -Zxz --build "$root" "$packages/sightline_${version}_$architecture.deb" >&2
    rm -rf "$root"
else
    echo 'dpkg-deb is not installed: no Debian package is made.' >&2
fi
rm "$packages/crates"

(
    cd "$packages"
    if command -v sha256sum >/dev/null 2>&1; then sha256sum sightline*; else shasum -a 256 sightline*; fi >sha256sums
)
ls -l "$packages" >&2
