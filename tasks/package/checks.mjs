// What the tests of packages share.
import { execFileSync } from "node:child_process";

export function run(command, ...words) {
    return execFileSync(command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** Whether a command is there, and ends well. */
export function succeeds(command, ...words) {
    try {
        execFileSync(command, words, { stdio: "ignore" });
        return true;
    } catch {
        return false;
    }
}

export function has(command) {
    const isThere = succeeds("sh", "-c", `command -v ${command}`);
    if (!isThere) console.log(`not checked: ${command} is not installed`);
    return isThere;
}

export function ensure(holds, message) {
    if (!holds) throw new Error(message);
}

/** Asks a server for the page of a visitor and all that it needs; returns how many addresses answered. */
export async function ask(viewer) {
    const page = await fetch(viewer);
    const html = await page.text();
    ensure(page.ok, `${viewer}: ${page.status}`);
    const files = [...new Set(html.match(/\/(?:pkg|viewer)\/[\w.-]+\.(?:js|wasm|css)/g))];
    ensure(files.length >= 4, `${viewer} names ${files}`);
    const pictures = html.match(/\/v\/[^"' ]*\/pages\/1[^"' ,]*/g) ?? [];
    ensure(pictures.length > 0, `${viewer} names no picture`);
    const paths = [...files, pictures[0].replaceAll("&amp;", "&"), "/healthz", "/readyz"];
    for (const path of paths) {
        const answer = await fetch(new URL(path, viewer));
        await answer.arrayBuffer();
        ensure(answer.ok, `${path}: ${answer.status}`);
    }
    return paths.length + 1;
}
