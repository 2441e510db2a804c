// Waiting for a page that fetches what it shows.

/** A function that waits until nothing was on its way for a while. */
export function settling(page) {
  const waiting = new Set();
  page.on("request", (request) => waiting.add(request));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => waiting.delete(request));
  return async () => {
    for (let quiet = 0, i = 0; quiet < 6 && i < 600; i++, quiet = waiting.size ? 0 : quiet + 1) await page.waitForTimeout(50);
  };
}
