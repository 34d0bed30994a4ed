// Installs each package of target/package into an empty folder and starts it there, away from the sources; then checks the
// service by systemd-analyze and the Containerfile by hadolint. A tool that is missing is named, and its check left out.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { ask, ensure, has, run } from "./package/checks.mjs";

const packages = resolve("target/package");
const ops = resolve("ops");
const folder = mkdtempSync(join(tmpdir(), "sightline-package-"));

/** Starts a program with nothing of this environment, asks for its pages, and stops it. */
async function start(program, what) {
    const data = join(folder, `data-${what}`);
    const server = spawn(program, ["serve"], {
        cwd: "/",
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", SIGHTLINE_ADDR: "127.0.0.1:0", SIGHTLINE_DATA_DIR: data },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const log = [];
    createInterface({ input: server.stderr }).on("line", (line) => log.push(line));
    const ended = new Promise((done) => server.once("exit", (code, signal) => done(code ?? signal)));
    try {
        const viewer = await new Promise((found, failed) => {
            createInterface({ input: server.stdout }).on("line", (line) => {
                log.push(line);
                const address = /http:\/\/\S+\/v\/\S+/.exec(line);
                if (address) found(address[0]);
            });
            ended.then((code) => failed(new Error(`${what} ended with ${code}:\n${log.join("\n")}`)));
        });
        const count = await ask(viewer);
        console.log(`${what}: started away from the sources; ${count} addresses answer`);
    } finally {
        server.kill("SIGTERM");
    }
    const code = await ended;
    ensure(code === 0, `${what} ended with ${code}:\n${log.join("\n")}`);
}

try {
    const names = readdirSync(packages);
    const sum = existsSync("/usr/bin/sha256sum") ? ["sha256sum"] : ["shasum", "-a", "256"];
    execFileSync(sum[0], [...sum.slice(1), "--check", "--status", "sha256sums"], { cwd: packages, stdio: "inherit" });
    ensure(
        run("cat", join(packages, "sha256sums")).trim().split("\n").length === names.length - 1,
        `checksums of all of ${names}`,
    );

    const archive = names.find((name) => name.endsWith(".tar.gz"));
    ensure(archive, `no archive in ${names}`);
    run("tar", "-C", folder, "-xzf", join(packages, archive));
    const unpacked = join(folder, archive.slice(0, -".tar.gz".length));
    for (const paper of ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "LICENCES-OF-CRATES", "examples/nginx.conf"]) {
        ensure(existsSync(join(unpacked, "doc", paper)), `${paper} is not in the archive`);
    }
    await start(join(unpacked, "sightline"), "archive");

    const deb = names.find((name) => name.endsWith(".deb"));
    if (deb) {
        const root = join(folder, "root");
        run("dpkg-deb", "--extract", join(packages, deb), root);
        const fields = run("dpkg-deb", "--field", join(packages, deb));
        ensure(/^Depends: .*redis-server/m.test(fields), fields);
        await start(join(root, "usr/bin/sightline"), "Debian package");
        if (has("systemd-analyze")) {
            run("systemd-analyze", "verify", `--root=${root}`, "--recursive-errors=no", "sightline.service");
            // 20 of 100: "OK"; most services that face the network have over 90.
            run("systemd-analyze", "security", "--offline=true", "--threshold=20", `--root=${root}`, "sightline.service");
            console.log("systemd-analyze: the service is valid and confined");
        }
    }

    if (has("hadolint")) {
        run("hadolint", join(ops, "Containerfile"));
        console.log("hadolint: nothing to say about the Containerfile");
    }
} finally {
    rmSync(folder, { recursive: true, force: true });
}
