// A visit that the server refuses, as behind a proxy that changes the host, is not reported again and again.

import { expect, test } from "./support/fixtures.ts";

for (const way of ["with the program", "without WebAssembly"]) {
  for (const refused of ["join", "heartbeat"]) {
    test(`refused ${refused} is not repeated ${way}`, async ({ server, viewer, browserErrors }) => {
      browserErrors.allow(/status of 403/, /WebAssembly is not defined/);
      const { page } = viewer;
      if (way === "without WebAssembly") await page.addInitScript("delete globalThis.WebAssembly");
      await page.clock.install();
      const link = await server.share({ pages: 3 });
      const told: string[] = [];
      await page.route(`**/api/send/realtime/${link.linkId}`, async (route) => {
        const { action } = route.request().postDataJSON();
        told.push(action);
        if (action !== refused) return route.continue();
        const json = { success: false, error: "Refused.", code: "cross_site" };
        return route.fulfill({ status: 403, json });
      });
      await page.goto(`/v/${link.linkId}`);
      await expect(viewer.picture(1)).toBeVisible();
      const count = () => told.filter((action) => action === refused).length;
      // Each step is shorter than the time after which a request counts as lost.
      const pass = async (minutes: number) => {
        for (let step = 0; step < 4 * minutes; step += 1) {
          await page.clock.runFor(15_000);
          await page.evaluate(async () => void (await fetch("/healthz")));
        }
      };
      await pass(2);
      await expect.poll(count).toBe(1);
      await pass(10);
      expect(count()).toBe(1);
    });
  }
}
