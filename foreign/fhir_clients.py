"""FHIR over HTTP before clients that others wrote: fhirpy and fhirclient make, read, search, page, correct and take back;
fhir.resources must read everything that the server says.

    python fhir_clients.py http://127.0.0.1:8080

Prints one JSON object: steps, resources, byType, refused, and examples.
"""
import collections
import json
import sys
import time

import requests
from fhir.resources.R4B import get_fhir_model_class

workbench = sys.argv[1].rstrip("/")
base = f"{workbench}/fhir"
report = {"steps": [], "answers": 0, "resources": 0, "byType": collections.Counter(), "refused": 0, "examples": []}


def read(resource, where):
    report["resources"] += 1
    report["byType"][resource["resourceType"]] += 1
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except Exception as error:  # whatever it refuses is a finding
        report["refused"] += 1
        if len(report["examples"]) < 20:
            report["examples"].append({"where": where, "type": resource["resourceType"], "text": str(error)[:400]})


# Whatever a client asks goes through here: every answer is read by fhir.resources as well.
plain = requests.Session.request


def request(session, method, url, **more):
    answer = plain(session, method, url, **more)
    kind = answer.headers.get("content-type", "")
    where = f"{method} {url.removeprefix(base)}"
    if url.startswith(base) and kind.startswith("application/fhir+json"):
        report["answers"] += 1
        tree = answer.json()
        read(tree, where)
        for entry in tree.get("entry", []):
            for inner in (entry.get("resource"), entry.get("response", {}).get("outcome")):
                if inner:
                    read(inner, where)
    elif url.startswith(base) and kind.startswith("application/fhir+ndjson"):
        report["answers"] += 1
        for line in answer.text.splitlines():
            read(json.loads(line), where)
    return answer


requests.Session.request = request


def step(name, holds):
    report["steps"].append(name)
    if not holds:
        sys.exit(f"{name}: it does not hold")


def token(login):
    body = {"login": login, "password": "netwijzer-demonstratie"}
    answer = requests.post(f"{workbench}/api/v1/session", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()["token"]


def ki67(patient, value):
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "urn:netwijzer:fact", "code": "tumour.ki67"}]},
        "effectiveDateTime": "2026-03-10",
        "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": "%"},
    }


def with_fhirpy(bearer):
    from fhirpy import SyncFHIRClient
    from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

    client = SyncFHIRClient(base, authorization=f"Bearer {bearer}")
    number = f"PY{time.time_ns()}"
    patient = client.resource(
        "Patient",
        name=[{"text": "Python Proef"}],
        identifier=[{"system": "urn:netwijzer:number", "value": number}],
        birthDate="1961-04-05",
        gender="male",
    )
    patient.save()
    step("fhirpy creates a Patient", patient.id and patient["meta"]["versionId"])
    patient["telecom"] = [{"value": "06 1234"}]
    patient.save()
    again = client.reference("Patient", patient.id).to_resource()
    step("fhirpy updates and reads it", again["telecom"][0]["value"] == "06 1234")
    found = client.resources("Patient").search(identifier=f"urn:netwijzer:number|{number}").fetch_all()
    step("fhirpy finds it by identifier", [p.id for p in found] == [patient.id])
    observation = client.resource(**{**ki67(patient.id, 4), "resource_type": "Observation"})
    observation.save()
    first = observation.id
    observation["valueQuantity"]["value"] = 7
    observation.save()
    search = client.resources("Observation").search(patient=patient.id, code="urn:netwijzer:fact|tumour.ki67")
    held = search.fetch_all()
    step("fhirpy corrects an Observation", [(o.id, float(o["valueQuantity"]["value"])) for o in held] == [(first, 7.0)])
    known = client.resources("Observation").search(patient=patient.id, status="final")
    whole = known.limit(500).fetch()
    pages = known.limit(2).fetch_all()
    step("fhirpy reads page by page", len(whole) > 2 and [o.id for o in whole] == [o.id for o in pages])
    step("fhirpy counts", known.count() == len(whole))
    first_one = client.resources("Patient").search(_id=patient.id).first()
    step("fhirpy reads the first", first_one.id == patient.id)
    past = client.execute(f"Observation/{first}/_history", method="get")
    told = [float(e["resource"]["valueQuantity"]["value"]) for e in past["entry"]]
    step("fhirpy reads what it said before", told == [7.0, 4.0])
    before = client.execute(f"Observation/{first}/_history/1", method="get")
    step("fhirpy reads one version", float(before["valueQuantity"]["value"]) == 4.0)
    observation.delete()
    try:
        client.reference("Observation", first).to_resource()
        gone = False
    except (OperationOutcome, ResourceNotFound):
        gone = True
    step("fhirpy takes an Observation back", gone)
    try:
        patient.delete()
        kept = False
    except OperationOutcome as refused:
        kept = "taken back" in str(refused)
    step("fhirpy is told why a Patient stays", kept)
    bundle = client.resource(
        "Bundle",
        type="transaction",
        entry=[{"resource": ki67(patient.id, 3), "request": {"method": "POST", "url": "Observation"}}],
    )
    done = client.execute("", method="post", data=bundle.serialize())
    step("fhirpy sends a transaction", done["entry"][0]["response"]["status"] == "201 Created")
    form = client.resources("Questionnaire").first()
    option = next(i for i in form["item"] if i["linkId"] == "metastasis.liver")["answerOption"][0]["valueCoding"]
    answers = client.resource(
        "QuestionnaireResponse",
        questionnaire=form["url"],
        status="completed",
        authored="2026-03-10",
        subject={"reference": f"Patient/{patient.id}"},
        item=[{"linkId": "metastasis.liver", "answer": [{"valueCoding": option}]}],
    )
    answers.save()
    held = client.resources("QuestionnaireResponse").search(patient=patient.id).first()
    links = [i["linkId"] for i in held["item"]]
    step("fhirpy answers the Questionnaire", held.id == answers.id and "metastasis.liver" in links)
    consent = client.resource(
        "Consent",
        status="active",
        scope={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]},
        patient={"reference": f"Patient/{patient.id}"},
        dateTime="2026-03-10",
        provision={"type": "deny"},
    )
    consent.save()
    held = client.resources("Consent").search(patient=patient.id, scope="research").first()
    step("fhirpy records an objection", held.id == consent.id and held["provision"]["type"] == "deny")
    consent["provision"]["type"] = "permit"
    consent.save()
    held = client.reference("Consent", consent.id).to_resource()
    step("fhirpy takes it back", held["provision"]["type"] == "permit" and held["meta"]["versionId"] == "2")
    mcode = client.execute(f"Patient/{patient.id}/$mcode-patient-bundle", method="get")
    step("fhirpy asks for the bundle of mCODE", mcode["resourceType"] == "Bundle" and len(mcode["entry"]) > 3)
    return patient.id


def with_fhirclient(bearer, patient_id):
    from fhirclient import client as fhirclient
    from fhirclient.models import fhirdate, humanname, identifier, observation, patient
    from fhirclient.server import FHIRNotFoundException

    smart = fhirclient.FHIRClient(settings={"app_id": "netwijzer-check", "api_base": base})
    smart.server.session.headers["Authorization"] = f"Bearer {bearer}"
    capabilities = smart.server.capabilityStatement
    step("fhirclient reads the CapabilityStatement", capabilities.fhirVersion == "4.0.1")
    who = patient.Patient.read(patient_id, smart.server)
    step("fhirclient reads a Patient", who.name[0].text == "Python Proef")
    new = patient.Patient()
    new.name = [humanname.HumanName({"family": "Client", "given": ["Fhir"]})]
    new.identifier = [identifier.Identifier({"system": "urn:netwijzer:number", "value": f"FC{time.time_ns()}"})]
    new.birthDate = fhirdate.FHIRDate("1959-12-31")
    made = new.create(smart.server)
    step("fhirclient creates a Patient", made["id"])
    new = patient.Patient.read(made["id"], smart.server)
    new.generalPractitioner = [type(new.generalPractitioner[0])({"display": "De Linde"})] if new.generalPractitioner else None
    new.name[0].text = "Fhir Client"
    new.update(smart.server)
    found = patient.Patient.where(struct={"name": "Fhir"}).perform_resources(smart.server)
    step("fhirclient updates and finds it", made["id"] in [p.id for p in found])
    sent = observation.Observation(ki67(made["id"], 12)).create(smart.server)
    seen = observation.Observation.read(sent["id"], smart.server)
    step("fhirclient creates an Observation", seen.valueQuantity.value == 12)
    search = observation.Observation.where(struct={"patient": made["id"], "status": "final", "_count": "2"})
    pages = [o.id for o in search.perform_resources_iter(smart.server)]
    whole = {"patient": made["id"], "status": "final", "_count": "500"}
    whole = [o.id for o in observation.Observation.where(struct=whole).perform_resources(smart.server)]
    step("fhirclient reads page by page", len(pages) > 2 and pages == whole)
    seen.delete(smart.server)
    try:
        observation.Observation.read(sent["id"], smart.server)
        gone = False
    except FHIRNotFoundException:
        gone = True
    except Exception as refused:  # 410 has no exception of its own
        gone = "410" in str(getattr(getattr(refused, "response", None), "status_code", refused))
    step("fhirclient takes an Observation back", gone)


def everything(bearer, patient_id):
    """Every kind that the server has, so that fhir.resources sees each of them."""
    head = {"Authorization": f"Bearer {bearer}"}
    said = requests.get(f"{base}/metadata", timeout=60).json()
    people = requests.get(f"{base}/Patient?_count=200", headers=head, timeout=60).json()
    ids = [e["resource"]["id"] for e in people["entry"]]
    kinds = collections.Counter()
    for resource in said["rest"][0]["resource"]:
        kind = resource["type"]
        whose = any(p["name"] == "patient" for p in resource["searchParam"])
        for one in [patient_id, *ids[:5]] if whose else [None]:
            query = f"?patient={one}&_count=500" if one else "?_count=500"
            answer = requests.get(f"{base}/{kind}{query}", headers=head, timeout=120)
            answer.raise_for_status()
            kinds[kind] += answer.json()["total"]
    for one in ids[:5]:
        requests.get(f"{base}/Patient/{one}/$mcode-patient-bundle", headers=head, timeout=120).raise_for_status()
    step("every kind that is promised is found", all(kinds.values()))
    for path in ("Flavour", "Patient/1", "Observation", "Patient?flavour=x", "Observation?patient=1&date=soon"):
        answer = requests.get(f"{base}/{path}", headers=head, timeout=60)
        step(f"{path} is an OperationOutcome", answer.json()["resourceType"] == "OperationOutcome")


def in_bulk(bearer):
    head = {"Authorization": f"Bearer {bearer}", "Prefer": "respond-async", "Accept": "application/fhir+json"}
    begun = requests.get(f"{base}/$export", headers=head, timeout=60)
    step("an export begins", begun.status_code == 202)
    place = begun.headers["content-location"]
    until = time.time() + 600
    while (answer := requests.get(place, headers=head, timeout=60)).status_code == 202 and time.time() < until:
        time.sleep(0.2)
    files = answer.json()["output"]
    for file in files:
        lines = requests.get(file["url"], headers=head, timeout=120).text.splitlines()
        step(f"the file of {file['type']} is whole", len(lines) == file["count"])
    step("an export is deleted", requests.delete(place, headers=head, timeout=60).status_code == 202)


specialist = token("specialist")
patient_id = with_fhirpy(specialist)
with_fhirclient(specialist, patient_id)
everything(specialist, patient_id)
in_bulk(token("analyst"))
print(json.dumps(report))
