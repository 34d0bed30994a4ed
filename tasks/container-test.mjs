// Builds the container by podman or docker, and starts it with a read-only root and no capabilities: with its own Redis, again
// on the same volume, and with a Redis outside.
//
// CONTAINER_BUILD and CONTAINER_RUN hold more options of `build` and `run`, such as those of a machine without a bridge.
import { execFileSync } from "node:child_process";
import { setTimeout as after } from "node:timers/promises";

import { ask, ensure, run, succeeds } from "./package/checks.mjs";

const builder = ["podman", "docker"].find((name) => succeeds(name, "--version"));
ensure(builder, "neither podman nor docker is installed");

const words = (name) => (process.env[name] ?? "").split(" ").filter(Boolean);
const image = "localhost/sightline-test";
const id = `sightline-test-${process.pid}`;
const confined = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"];
const started = [];

/** Starts a container of the image; the port of Sightline gets one of this machine, unless it has another's network. */
function start(name, options, command = []) {
    const network = options.some((option) => option.startsWith("--network=")) ? [] : ["--publish=127.0.0.1::3000"];
    run(builder, "run", "--detach", `--name=${name}`, ...confined, ...network, ...words("CONTAINER_RUN"), ...options, image, ...command);
    started.push(name);
}

function stop(name) {
    run(builder, "stop", "--time=20", name);
    const code = run(builder, "inspect", "--format={{.State.ExitCode}}", name).trim();
    run(builder, "rm", "--volumes", name);
    started.splice(started.indexOf(name), 1);
    return code;
}

/** Waits for a line of a container's output. */
async function printed(name, pattern) {
    for (;;) {
        const log = execFileSync("sh", ["-c", `${builder} logs ${name} 2>&1`], { encoding: "utf8" });
        const found = pattern.exec(log);
        if (found) return found[0];
        ensure(run(builder, "inspect", "--format={{.State.Running}}", name).trim() === "true", `${name} ended:\n${log}`);
        await after(200);
    }
}

/** Waits until a container says that it is healthy. */
async function healthy(name) {
    // Its timers are systemd's, which may be missing.
    if (builder === "podman") return run(builder, "healthcheck", "run", name);
    while (run(builder, "inspect", "--format={{.State.Health.Status}}", name).trim() !== "healthy") await after(200);
}

/** A path of the server as an address on this machine. `network` is the container whose network it has. */
function here(path, network) {
    const port = run(builder, "port", network, "3000").trim().split(":").at(-1);
    return new URL(path, `http://127.0.0.1:${port}`).href;
}

/** Where the page of a container's first document is on this machine. */
async function viewerOf(name, network = name) {
    return here(new URL(await printed(name, /http:\/\/\S+\/v\/\S+/)).pathname, network);
}

try {
    // The other format of podman has no health checks.
    const format = builder === "podman" ? ["--format=docker"] : [];
    execFileSync(builder, ["build", ...format, ...words("CONTAINER_BUILD"), "--file=ops/Containerfile", `--tag=${image}`, "."], {
        stdio: "inherit",
    });

    start(id, [`--volume=${id}:/data`]);
    const viewer = await viewerOf(id);
    console.log(`container: ${await ask(viewer)} addresses answer`);
    await healthy(id);
    ensure(run(builder, "exec", id, "id", "-u").trim() === "10001", "it runs as another user");
    const isWritten = succeeds(builder, "exec", id, "touch", "/usr/lib/sightline/written");
    ensure(!isWritten, "its root can be written");
    ensure(stop(id) === "0", "it was stopped, and ended with an error");

    start(id, [`--volume=${id}:/data`]);
    await printed(id, /Sightline is running/);
    const again = here(new URL(viewer).pathname, id);
    while (!(await fetch(again).catch(() => undefined))?.ok) await after(200);
    console.log(`container: ${await ask(again)} addresses answer after a second start`);
    stop(id);

    const redis = `${id}-redis`;
    start(redis, ["--entrypoint=redis-server"], ["--save", "", "--maxmemory-policy", "noeviction"]);
    await printed(redis, /Ready to accept connections/);
    start(id, [`--network=container:${redis}`, "--env=SIGHTLINE_REDIS_URL=redis://127.0.0.1:6379"]);
    console.log(`container: ${await ask(await viewerOf(id, redis))} addresses answer with a Redis outside`);
    ensure(Number(run(builder, "exec", redis, "redis-cli", "dbsize")) > 0, "the Redis outside is empty");
} finally {
    for (const name of started.reverse()) run(builder, "rm", "--force", "--volumes", name);
    run(builder, "volume", "rm", "--force", id);
}
