"""Bundles of netwijzer before fhir.resources, which others wrote: every resource must be read, and be the same again.

    python fhir_parse.py BUNDLES.jsonl...

Prints one JSON object: resources, refused, and examples.
"""
import collections
import json
import sys

from fhir.resources.R4B import get_fhir_model_class

report = {"resources": 0, "byType": collections.Counter(), "refused": 0, "changed": 0, "examples": []}


def complain(kind, where, resource, text):
    report[kind] += 1
    if len(report["examples"]) < 20:
        report["examples"].append({"where": where, "id": f"{resource['resourceType']}/{resource.get('id')}", "text": text[:400]})


for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            bundle = json.loads(line)
            inside = [e["resource"] for e in bundle.get("entry", [])] if bundle["resourceType"] == "Bundle" else []
            for resource in [bundle, *inside]:
                report["resources"] += 1
                report["byType"][resource["resourceType"]] += 1
                try:
                    read = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
                except Exception as error:  # whatever it refuses is a finding
                    complain("refused", name, resource, str(error))
                    continue
                again = json.loads(read.model_dump_json())
                if resource["resourceType"] != "Bundle" and set(again) != set(resource):
                    complain("changed", name, resource, str(set(again) ^ set(resource)))
print(json.dumps(report))
