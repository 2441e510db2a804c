// Every page on a tablet, upright and across, and on a small screen: all of it is in reach. Called by walk.mjs.
import assert from "node:assert/strict";
import { settling } from "./settling.mjs";

const SIZES = [[768, 1024, true], [1024, 768, true], [1280, 720, false]];
const PAGES = ["worklist", "viewer", "ask", "report", "explain", "systems", "cards", "jobs"];
const SLACK = 1;
const LEAST_TOUCHED = 24; // pixels, the least that WCAG 2.2 asks of a target

/** In the page: what sticks out of the window, and what is too small for a finger. */
function faultsOf([least, touch, slack]) {
  const { innerWidth: width, innerHeight: height } = window;
  const found = [];
  const name = (one) => `${one.tagName.toLowerCase()} "${(one.getAttribute("aria-label") || one.textContent || one.className).trim().slice(0, 40)}"`;
  if (document.scrollingElement.scrollWidth > width + slack) found.push(`the page is ${document.scrollingElement.scrollWidth} wide`);
  for (const one of document.querySelectorAll(".top *, .tools *, .side, .column, .middle, .narrowing *, .sheet-page > *")) {
    const box = one.getBoundingClientRect();
    if (box.width && (box.left < -slack || box.right > width + slack)) found.push(`${name(one)} from ${box.left} to ${box.right}`);
  }
  const bars = document.querySelectorAll(".tabs, .tools");
  for (const bar of bars) if (bar.scrollWidth > bar.clientWidth + slack) found.push(`${bar.className} hides ${bar.scrollWidth - bar.clientWidth} pixels`);
  for (const stage of document.querySelectorAll(".middle .panes, .beside > figure")) {
    const box = stage.getBoundingClientRect();
    if (box.width < width / 3 || box.height < height / 4) found.push(`an image of ${box.width} x ${box.height}`);
  }
  for (const one of touch ? document.querySelectorAll("button, a.tab, select, input:not([type=range])") : []) {
    const box = one.getBoundingClientRect();
    if (box.width && Math.min(box.width, box.height) < least && getComputedStyle(one).opacity !== "0") found.push(`${name(one)} is ${box.width} x ${box.height}`);
  }
  return found;
}

/** The step of the walk; `found.fits` counts the pages that fit. */
export function sizeSteps({ browser, address, study, found, pictureOf }) {
  async function sizes() {
    found.fits = 0;
    for (const [width, height, touch] of SIZES) {
      const context = await browser.newContext({ viewport: { width, height }, hasTouch: touch, isMobile: touch, colorScheme: "light" });
      context.setDefaultTimeout(120_000);
      const page = await context.newPage();
      const settle = settling(page);
      for (const name of PAGES) {
        await page.goto(`${address}#/${name}?study=${study}`);
        await page.locator(".page > *").first().waitFor();
        await settle();
        if (touch && name === "viewer") await page.screenshot({ path: pictureOf(width < height ? "tablet" : "tablet-across") });
        const faults = await page.evaluate(faultsOf, [LEAST_TOUCHED, touch, SLACK]);
        if (faults.length) await page.screenshot({ path: pictureOf(`failed-${name}-${width}`) });
        assert.deepEqual(faults, [], `${name} at ${width} x ${height}`);
        found.fits += 1;
      }
      await context.close();
    }
  }

  return [sizes];
}
