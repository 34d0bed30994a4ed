// The headers and cookies that tell the browser what a page may do.

import type { Request, Response } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { SignInPage } from "./support/forms.ts";
import { OWNER } from "./support/server.ts";

test("every page has a strict policy and nonce", async ({ server, page }) => {
  const { linkId } = await server.share();
  const gated = await server.share();
  await server.setLink(gated.linkId, { password: "open sesame" });
  const closed = await server.share();
  await server.setLink(closed.linkId, { enabled: false });
  const owner = await server.ownerCookie();
  const pages: [string, Record<string, string>][] = [
    ...["/", `/documents/${await server.documentOf(linkId)}`, `/links/${linkId}`, `/dashboard/${linkId}`].map(
      (path): [string, Record<string, string>] => [path, owner],
    ),
    ["/settings", owner],
    ["/", {}],
    ["/sign-in", {}],
    ...[linkId, gated.linkId, closed.linkId].map((id): [string, Record<string, string>] => [`/v/${id}`, {}]),
    ["/nowhere", {}],
  ];
  const nonces = new Set<string>();
  for (const [path, headers] of pages) {
    const response = await fetch(server.origin + path, { headers });
    const policy = response.headers.get("content-security-policy") ?? "";
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'self'"]) {
      expect(policy, path).toContain(part);
    }
    expect(policy, path).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:/);
    const nonce = /script-src [^;]*'nonce-([^']+)'/.exec(policy)?.[1];
    expect(nonce, path).toBeTruthy();
    nonces.add(nonce ?? "");

    const html = await response.text();
    for (const [tag] of html.matchAll(/<script\b[^>]*>/g)) expect(tag, path).toContain(`nonce="${nonce}"`);
    expect(await page.evaluate(inlined, html), path).toEqual([]);
  }
  expect(nonces.size).toBe(pages.length);
});

/** Inline styles and handlers of a page, found by its elements: within text, such as a title, they are harmless. */
function inlined(html: string): string[] {
  const elements = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")];
  return elements.flatMap((element) => [
    ...(element.tagName === "STYLE" ? ["<style>"] : []),
    ...element.getAttributeNames().filter((name) => name === "style" || name.startsWith("on")),
  ]);
}

test("security headers are on every kind of answer", async ({ server, page }) => {
  const link = await server.share();
  await page.goto(`/v/${link.linkId}`);
  const script = await page.locator('link[rel="modulepreload"]').first().getAttribute("href");
  for (const path of [
    "/",
    "/healthz",
    "/nowhere",
    "/favicon.svg",
    script ?? "",
    `/v/${link.linkId}`,
    `/v/${link.linkId}/pages/1`,
    `/api/send/realtime/${link.linkId}`,
    "/api/send/realtime/no-such-link",
    "/api/documents",
    `/api/links/${link.linkId}/qr.svg`,
  ]) {
    const { headers } = await server.fetchAsOwner(path);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("referrer-policy"), path).toBeTruthy();
    expect(headers.get("content-security-policy"), path).toBeTruthy();
  }
});

test("only hashed files may be cached for ever", async ({ server, page }) => {
  const link = await server.share();
  await page.goto(`/v/${link.linkId}`);
  const script = await page.locator('link[rel="modulepreload"]').first().getAttribute("href");
  expect((await fetch(server.origin + script)).headers.get("cache-control")).toContain("immutable");
  const kept = (await server.fetchAsOwner(`/dashboard/${link.linkId}`)).headers.get("cache-control");
  expect(kept).toMatch(/no-(store|cache)/);
});

test("page, script, style and WebAssembly are compressed", async ({ server, page }) => {
  const link = await server.share();
  for (const path of [`/v/${link.linkId}`, `/dashboard/${link.linkId}`]) {
    const seen: Record<string, string | undefined> = {};
    const listen = (response: Response) => {
      const { pathname } = new URL(response.url());
      const kind = pathname === path ? "html" : /\/pkg\/.*\.(js|wasm|css)$/.exec(pathname)?.[1];
      if (kind) seen[kind] = response.headers()["content-encoding"];
    };
    page.on("response", listen);
    await page.goto(path);
    await expect(page.locator("body[data-hydrated]")).toBeAttached();
    page.off("response", listen);
    expect(seen, path).toEqual({ html: "br", js: "br", wasm: "br", css: "br" });
  }
});

test("viewer page loads 150 kB before the document", async ({ server, viewer }) => {
  const link = await server.share();
  const finished: Request[] = [];
  viewer.page.on("requestfinished", (request) => finished.push(request));
  await viewer.open(link.linkId);
  const paths = finished.map((request) => [request, new URL(request.url()).pathname] as const);
  // The search comes once the page can be read.
  const program = paths.filter(([, path]) => /\.(js|wasm|css)$/.test(path) && !path.startsWith("/viewer/find.")).map(([request]) => request);
  const sizes = await Promise.all(program.map((request) => request.sizes()));
  const kinds = program.map((request) => /\.(\w+)$/.exec(new URL(request.url()).pathname)?.[1]);
  expect(kinds).toEqual(expect.arrayContaining(["js", "wasm", "css"]));
  expect(sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0)).toBeLessThanOrEqual(150_000);
});

test("cookies of a sign-in are HttpOnly and SameSite", async ({ newBrowser }) => {
  const page = await newBrowser();
  await page.goto("/sign-in");
  await new SignInPage(page).signIn(OWNER);
  await expect(page.getByRole("heading", { name: "Documents", level: 1 })).toBeVisible();
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(["sightline-device", "sightline-session"]);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  expect(await page.evaluate(() => document.cookie)).toBe("");
});
