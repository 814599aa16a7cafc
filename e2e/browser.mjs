// The browser of this machine, and the folders that the tests read.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const KNOWN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The folder with the site; `cargo xtask e2e` writes it and names it. */
export const SITE = process.env.NW_SITE ?? join(import.meta.dirname, "../target/e2e/site");

/** Starts the browser: `NW_CHROMIUM`, or where Debian and others put it. */
export async function open() {
  const found = process.env.NW_CHROMIUM ?? KNOWN.find((path) => existsSync(path));
  if (!found) throw new Error("no Chromium found; install it, or name it in NW_CHROMIUM");
  // Without a sandbox of its own, so that it also starts for root in a container; it only reads our own files.
  return chromium.launch({ executablePath: found, args: ["--no-sandbox"] });
}
