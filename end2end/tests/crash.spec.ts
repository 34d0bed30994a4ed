// A crashed tab sends no leave, so its viewer stays active until the five minutes are over.

import { expect, test } from "./support/fixtures.ts";

const MINUTE = 60_000;

test.use({ serverOptions: { testClock: true } });

test("crashed tab disappears after five minutes", async ({ server, dashboard, visitor }) => {
  const link = await server.share();
  const reader = await visitor();
  await reader.open(link.linkId);
  await dashboard.open(link.linkId);
  await expect(dashboard.rows).toHaveCount(1);

  const crashed = reader.page.waitForEvent("crash");
  const devtools = await reader.page.context().newCDPSession(reader.page);
  // Never answered, since the page that would answer has crashed.
  devtools.send("Page.crash").catch(() => {});
  await crashed;

  await server.advance(5 * MINUTE);
  await dashboard.refresh();
  await expect(dashboard.rows).toHaveCount(1);
  await dashboard.expectMetric("active-now", "1");

  await server.advance(1);
  await dashboard.refresh();
  await expect(dashboard.rows).toHaveCount(0);
  await dashboard.expectMetric("active-now", "0");
  await dashboard.expectMetric("total-views", "1");
  await dashboard.expectMetric("peak-viewers", "1");
});
