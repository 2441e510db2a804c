// The second half of the walk: answers, reports, explanations, systems, cards and jobs. Called by walk.mjs.
import assert from "node:assert/strict";

const SECOND_MS = 1000;

/** Steps by name; each finds what it looks for, or fails. */
export function pageSteps({ page, address, study, found, shoot, settle, at, drag }) {
  const open = async (path) => {
    await page.goto(`${address}#/${path}`);
    await settle();
  };
  const reply = () => page.getByTestId("reply").last();

  async function ask() {
    await open(`ask?study=${study}`);
    await page.keyboard.press("/");
    await page.keyboard.type("Is there cardiomegaly?");
    await page.keyboard.press("Enter");
    await reply().locator(".sentence").first().waitFor({ timeout: 60 * SECOND_MS });
    found.answered = (await reply().locator(".sentences").innerText()).trim();
    assert.ok(await page.getByTestId("reply").first().getByText("phantom-trained").isVisible(), "a model that saw phantoms alone is marked");
  }

  async function askAboutABox() {
    await page.locator(".column h2, .question").first().click();
    await page.keyboard.press("b");
    await drag([0.12, 0.2], [0.45, 0.8]);
    await page.getByText("about the box").waitFor();
    await page.getByLabel("Question", { exact: true }).fill("What is in this box?");
    await page.keyboard.press("Enter");
    await page.locator(".turn").nth(1).locator(".sentence").first().waitFor({ timeout: 60 * SECOND_MS });
    found.boxed = (await reply().locator(".sentences").innerText()).trim();
    await reply().locator(".sentence").first().hover();
    await settle();
    await shoot("ask");
  }

  async function report() {
    await open(`report?study=${study}`);
    await page.keyboard.press("d");
    await page.getByTestId("compared").waitFor({ timeout: 60 * SECOND_MS });
    const tied = page.locator(".sentence.tied").first();
    if (await tied.count()) await tied.hover();
    await settle();
    await shoot("report");
    await page.keyboard.press("e");
    const last = page.getByTestId("draft").locator("textarea").last();
    await last.fill("Large pneumothorax.");
    await page.getByRole("button", { name: "Keep the edits" }).click();
    await page.locator("tr.differs", { hasText: "pneumothorax" }).waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "FHIR" }).click()]);
    found.sent = file.suggestedFilename();
  }

  async function explain() {
    await open(`explain?study=${study}`);
    await page.getByLabel("Finding, class or answer").fill("nodule");
    await page.keyboard.press("Enter");
    await page.getByTestId("explained").waitFor({ timeout: 120 * SECOND_MS });
    await settle();
    await shoot("explain");
  }

  async function systems() {
    await open(`systems?study=${study}`);
    found.systems = await page.locator(".system").count();
    await page.locator(".system summary").first().click();
    await shoot("systems");
    await page.getByLabel("Search the systems").fill("generalist");
    await page.locator(".system summary", { hasText: /generalist/i }).first().click();
    await page.getByRole("link", { name: /^Try generalist-nano on/ }).waitFor();
  }

  async function assessAndRead() {
    await open("jobs?kind=assess");
    await page.getByLabel("Split").selectOption("all");
    await page.getByLabel("At most so many subjects").fill("4");
    await page.getByRole("button", { name: "Start assessment" }).click();
    const job = page.locator('[data-testid="job"][data-name="card-1"]');
    await job.waitFor();
    await job.getByRole("link", { name: "Open the card" }).click({ timeout: 180 * SECOND_MS });
    await page.locator(".cases li").first().waitFor();
    await settle();
    await shoot("cards");
    found.worst = await page.locator(".cases li .figure").first().innerText();
    await page.locator(".cases a").first().click();
    await page.locator(".viewer").waitFor();
  }

  async function trainStopResume() {
    await open("jobs");
    await page.getByLabel("System").selectOption("convirt");
    await page.getByLabel("For", { exact: true }).fill("100000");
    await page.getByLabel("Unit").selectOption("steps");
    await page.getByRole("button", { name: "Start training" }).click();
    const job = page.locator('[data-testid="job"][data-name="convirt-1"]');
    await job.locator(".curve").waitFor({ timeout: 180 * SECOND_MS });
    await page.waitForTimeout(15 * SECOND_MS); // for a curve worth a picture
    await page.reload();
    await job.locator(".curve").waitFor();
    await settle();
    await shoot("jobs");
    await job.getByRole("button", { name: "Stop" }).click();
    await job.getByText("stopped", { exact: true }).waitFor({ timeout: 60 * SECOND_MS });
    await job.getByRole("button", { name: "Resume" }).click();
    await job.getByText("running", { exact: true }).waitFor();
    await job.getByRole("button", { name: "Stop" }).click();
    await job.getByText("stopped", { exact: true }).waitFor({ timeout: 60 * SECOND_MS });
    found.job = await job.locator(".chip").first().innerText();
  }

  return [ask, askAboutABox, report, explain, systems, assessAndRead, trainStopResume];
}
