// Moves through a page by keyboard.

import { expect, type Locator, type Page } from "@playwright/test";

/** More tab stops than any page has. */
const STOPS = 80;

export class Keyboard {
  constructor(readonly page: Page) {}

  /** Presses Tab until `target` has the focus; fails unless the focus is visible. */
  async goTo(target: Locator): Promise<void> {
    await expect(target).toBeAttached();
    const isThere = () => target.evaluate((element) => element === document.activeElement);
    for (let stops = 0; !(await isThere()); stops += 1) {
      expect(stops, `tab stops before ${target}`).toBeLessThan(STOPS);
      await this.page.keyboard.press("Tab");
    }
    expect(await target.evaluate(hasRing), `a focus ring around ${target}`).toBe(true);
  }

  /** Goes to `target` and presses `key` there. */
  async press(target: Locator, key: "Enter" | "Space" | "ArrowDown"): Promise<void> {
    await this.goTo(target);
    await this.page.keyboard.press(key);
  }

  /** Goes to `field` and types into it. */
  async write(field: Locator, text: string): Promise<void> {
    await this.goTo(field);
    await this.page.keyboard.type(text);
  }
}

/** Whether the element, the label of a hidden field, or the area of a link that is larger than it has a visible outline. */
function hasRing(element: Element): boolean {
  const boxes = [[element], [element.closest("label")], [element, "::after"]] as const;
  return boxes.some(([shown, part]) => {
    if (!shown) return false;
    const { outlineStyle, outlineWidth, width } = getComputedStyle(shown, part);
    const shownWidth = part ? parseFloat(width) : shown.getBoundingClientRect().width;
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && shownWidth > 1;
  });
}
