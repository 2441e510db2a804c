// Walks through the workbench as a person would, in Debian's Chromium, and takes the pictures of the docs.
// Called by test_walk.py: node walk.mjs ADDRESS PICTURES_FOLDER; prints what it found as JSON, and fails on the first thing that is not there.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { settling } from "./settling.mjs";
import { pageSteps } from "./walk_pages.mjs";
import { sizeSteps } from "./walk_sizes.mjs";

const require = createRequire(new URL("../../workbench/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const [address, pictures, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const STUDY = "chest-1-000000-v2";
const XSS = "<img src=x onerror=window.hurt=1>";
const found = {};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: "light" });
const page = await context.newPage();
context.setDefaultTimeout(120_000); // a machine that does other work as well
const faults = [];
page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
page.on("request", (request) => request.url().startsWith("http") && !request.url().startsWith(address) && faults.push(`fetched ${request.url()}`));
const pictureOf = (name) => join(pictures, `workbench-${name}.png`);
const shoot = (name) => page.screenshot({ path: pictureOf(name) });
const stage = () => page.locator("canvas.stage").first();
const settle = settling(page);

/** Wait for something that the page's policy lets no script in the page wait for. */
async function until(holds, tries = 100) {
  for (let i = 0; i < tries && !holds(); i++) await page.waitForTimeout(50);
  assert.ok(holds(), `still at ${page.url()}`);
}

/** A place on the first stage, as shares of its image, which is fitted and square. */
async function at(x, y) {
  const box = await stage().boundingBox();
  const side = Math.min(box.width, box.height);
  return [box.x + box.width / 2 + (x - 0.5) * side, box.y + box.height / 2 + (y - 0.5) * side];
}

async function drag(...places) {
  const [first, ...others] = places;
  await page.mouse.move(...(await at(...first)));
  await page.mouse.down();
  for (const place of others) await page.mouse.move(...(await at(...place)), { steps: 6 });
  await page.mouse.up();
}

async function worklist() {
  await page.goto(address);
  await page.locator(".row[data-id]").first().waitFor();
  await page.locator('[data-testid="model"] .dot.ready').waitFor({ timeout: 60_000 });
  await settle();
  found.all = await page.getByTestId("count").innerText();
  await shoot("worklist");
  await page.keyboard.press("/");
  await page.keyboard.type("pleural effusion -mass");
  await until(() => page.url().includes("text=pleural+effusion"));
  await settle();
  found.searched = await page.getByTestId("count").innerText();
  assert.notEqual(found.searched, found.all);
  await page.keyboard.press("Escape");
  await until(() => !page.url().includes("text="));
}

async function hostileText() {
  await page.getByLabel("Search", { exact: true }).fill("onerror");
  await page.locator(`.row[data-id="${XSS}"]`).waitFor();
  assert.ok((await page.locator(".row .excerpt").first().innerText()).includes("<script>"));
  await page.locator(".row .who a").first().click();
  await page.locator(".report").waitFor();
  assert.ok((await page.locator(".report").innerText()).includes("<script>window.hurt=1</script>"));
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  found.hostile = "shown as text";
}

async function alike() {
  await page.goto(`${address}#/worklist?like=${STUDY}`);
  await page.locator(`.row[data-id="${STUDY}"]`).waitFor({ timeout: 60_000 });
  assert.equal(await page.locator(".row[data-id]").first().getAttribute("data-id"), STUDY, "a study is most like itself");
  await shoot("alike");
}

async function open() {
  await page.goto(`${address}#/viewer?study=${STUDY}`);
  await page.locator(".region").first().waitFor();
  await settle();
  await shoot("viewer");
}

async function measure() {
  await page.keyboard.press("m");
  await drag([0.42, 0.52], [0.68, 0.6]);
}

async function segmentAndCorrect() {
  await page.keyboard.press("/");
  await page.keyboard.type("heart");
  await page.keyboard.press("Enter");
  await page.getByTestId("editing").waitFor({ timeout: 60_000 });
  const before = await page.getByTestId("editing").locator(".figure").innerText();
  await page.locator("h2").first().click();
  await page.keyboard.press("d");
  await drag([0.3, 0.72], [0.4, 0.76], [0.5, 0.74]);
  const after = await page.getByTestId("editing").locator(".figure").innerText();
  assert.notEqual(after, before, "the brush changes the mask");
  await page.keyboard.press("Control+z");
  assert.equal(await page.getByTestId("editing").locator(".figure").innerText(), before, "undone");
  await page.keyboard.press("Control+Shift+z");
  assert.equal(await page.getByTestId("editing").locator(".figure").innerText(), after, "done again");
  await page.getByLabel("Name of the region").fill("heart by hand");
  await shoot("correct");
  await page.getByRole("button", { name: "Save as reference" }).click();
  await page.getByText(/^Saved heart by hand/).waitFor();
  found.corrected = after;
}

async function reload() {
  await page.reload();
  const kept = page.locator(".region", { hasText: "heart by hand" });
  await kept.waitFor();
  assert.ok((await kept.innerText()).includes("corrected"));
}

async function compare() {
  await page.keyboard.press("c");
  await page.locator(".panes.two .pane").nth(1).waitFor();
  await settle();
  await page.mouse.move(...(await at(0.62, 0.3)));
  await page.waitForTimeout(150);
  await shoot("compare");
  found.beside = await page.locator(".panes.two .pane").nth(1).getAttribute("data-study");
  assert.equal(found.beside, "chest-1-000000-v1");
}

async function pointAndBox() {
  await page.goto(`${address}#/viewer?study=chest-1-000001-v1`);
  await page.locator(".region").first().waitFor();
  await settle();
  await page.keyboard.press("p");
  await page.mouse.click(...(await at(0.33, 0.45)));
  await page.getByTestId("editing").waitFor({ timeout: 60_000 });
  found.pointed = await page.getByLabel("Name of the region").inputValue();
  await page.getByRole("button", { name: "Leave without saving" }).click();
  await page.keyboard.press("/");
  await page.keyboard.type("effusion");
  await page.getByRole("button", { name: "Find" }).click();
  await page.locator(".region", { hasText: "effusion" }).first().waitFor();
}

async function volume() {
  await page.goto(`${address}#/worklist?modality=MR`);
  await page.locator(".row .who a").first().click();
  await page.locator(".panes.three .pane").nth(2).waitFor();
  await settle();
  const before = await page.locator('.pane[data-axis="z"] figcaption').innerText();
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
  await settle();
  assert.notEqual(await page.locator('.pane[data-axis="z"] figcaption').innerText(), before);
  await page.keyboard.press("n");
  await page.waitForTimeout(200);
  await shoot("volume");
}

async function space() {
  await page.getByRole("button", { name: "3D" }).click();
  await page.locator('.space[data-ready="true"]').waitFor({ timeout: 60_000 });
  await settle();
  const where = () => page.locator(".space figcaption .figure").first().innerText();
  const before = await where();
  const box = await page.locator(".space canvas").boundingBox();
  await page.mouse.click(box.x + box.width * 0.3, box.y + box.height * 0.3);
  await page.waitForTimeout(300);
  assert.notEqual(await where(), before, "a click on a plane moves the place");
  await page.keyboard.press("m");
  await page.mouse.move(box.x + box.width * 0.15, box.y + box.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.2, { steps: 5 });
  await page.mouse.up();
  found.length = await page.getByTestId("length").innerText();
  await page.waitForTimeout(500);
  await shoot("space");
  await page.keyboard.press("r");
  await page.locator(".panes.three .pane").nth(2).waitFor();
}

async function withoutWebgl() {
  const plain = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-3d-apis"] });
  const other = await plain.newPage();
  await other.goto(`${page.url()}&as=space`);
  await other.locator(".panes.three .pane").nth(2).waitFor();
  assert.equal(await other.getByRole("button", { name: "3D" }).count(), 0, "slices alone where there is no WebGL 2");
  await plain.close();
}

async function slide() {
  await page.goto(`${address}#/viewer?study=slide-1`);
  await page.locator(".deep canvas").first().waitFor();
  await settle();
  await page.mouse.move(700, 400);
  for (let i = 0; i < 4; i++) {
    await page.mouse.wheel(0, -300);
    await page.waitForTimeout(120);
  }
  await settle();
  await page.waitForTimeout(900);
  await shoot("slide");
}

async function keysAndDark() {
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await shoot("keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.waitForTimeout(100);
  await shoot("dark");
  await page.keyboard.press("t");
}

const steps = [worklist, hostileText, alike, open, measure, segmentAndCorrect, reload, compare, keysAndDark, pointAndBox, volume, space, withoutWebgl, slide, ...pageSteps({ page, address, study: STUDY, found, shoot, settle, at, drag }), ...sizeSteps({ browser, address, study: STUDY, found, pictureOf })];
const only = process.env.POLYCLINIC_STEPS?.split(",");
for (const step of steps.filter((one) => !only || only.includes(one.name))) {
  try {
    await step();
  } catch (error) {
    await shoot(`failed-${step.name}`);
    console.error(`${step.name}: ${error.message}`, faults);
    await browser.close();
    process.exit(1);
  }
}
assert.deepEqual(faults, []);
await browser.close();
console.log(JSON.stringify(found));
