import { readFileSync } from "node:fs";

/** The installed version of a package. */
export function version(name) {
  const path = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")).version;
}
