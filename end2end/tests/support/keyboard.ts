// Going through a page without a mouse.

import { expect, type Locator, type Page } from "@playwright/test";

/** More than any page has to stop at. */
const STOPS = 80;

export class Keyboard {
  constructor(readonly page: Page) {}

  /** Goes on with Tab until `target` has the focus, and makes sure that this can be seen. */
  async goTo(target: Locator): Promise<void> {
    await expect(target).toBeAttached();
    const isThere = () => target.evaluate((element) => element === document.activeElement);
    for (let stops = 0; !(await isThere()); stops += 1) {
      expect(stops, `stops on the way to ${target}`).toBeLessThan(STOPS);
      await this.page.keyboard.press("Tab");
    }
    expect(await target.evaluate(hasRing), `a ring around ${target}`).toBe(true);
  }

  /** Goes to `target` and presses `key` there. */
  async press(target: Locator, key: "Enter" | "Space" | "ArrowDown"): Promise<void> {
    await this.goTo(target);
    await this.page.keyboard.press(key);
  }

  /** Goes to `field` and writes into it. */
  async write(field: Locator, text: string): Promise<void> {
    await this.goTo(field);
    await this.page.keyboard.type(text);
  }
}

/** Around itself; around the label for a field that is not seen itself. */
function hasRing(element: Element): boolean {
  return [element, element.closest("label")].some((shown) => {
    if (!shown) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && shown.getBoundingClientRect().width > 1;
  });
}
