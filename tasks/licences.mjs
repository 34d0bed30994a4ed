// Prints the crates of the given `cargo metadata` (one JSON document a line) with their licences, then the texts of their
// licence files, each once with the crates that have it.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const crates = new Map();
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const { packages, resolve } = JSON.parse(line);
    const used = new Set(resolve.nodes.map((node) => node.id));
    for (const crate of packages) {
        if (used.has(crate.id) && crate.source) crates.set(`${crate.name} ${crate.version}`, crate);
    }
}

const texts = new Map();
const names = [...crates.keys()].sort();
for (const name of names) {
    const crate = crates.get(name);
    console.log(`${name}: ${crate.license ?? "see its licence file"}${crate.repository ? `, ${crate.repository}` : ""}`);
    const folder = dirname(crate.manifest_path);
    for (const file of readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice|copyright|unlicense)/i.test(file))) {
        let text;
        try {
            text = readFileSync(join(folder, file), "utf8").trim();
        } catch (error) {
            // A folder of licences.
            if (error.code === "EISDIR") continue;
            throw error;
        }
        texts.set(text, [...(texts.get(text) ?? []), name]);
    }
}
for (const [text, owners] of texts) {
    console.log(`\n${"-".repeat(100)}\n${owners.join(", ")}\n\n${text}`);
}
