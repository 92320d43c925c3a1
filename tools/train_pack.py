#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a dictionary for packed resources (src/codec/pack.c) from published examples.

train_pack.py OUT EXAMPLES…

EXAMPLES: folders of FHIR R4 examples as JSON (data/pack/README.md names those that were used). Every resource in them, those inside bundles too, is written as
the record stores it: minified, meta.versionId and lastUpdated in place, without narrative. Definitions (profiles, code systems …) are left out: they are not
what a hospital stores. Never give it resources of a hospital, or of the demonstration: what a dictionary holds lies in the open in every program.
Needs Debian's package zstd. A dictionary that was released is never made again: bases refer to it by its number. A better one is a new file.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

BYTES = 65536
LONGEST = 20000  # one long example would fill the dictionary alone
LEFT_OUT = set("""ActivityDefinition Binary CapabilityStatement ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap EffectEvidenceSynthesis
    EventDefinition Evidence EvidenceVariable ExampleScenario GraphDefinition ImplementationGuide Library Measure MessageDefinition MolecularSequence
    NamingSystem ObservationDefinition OperationDefinition Parameters PlanDefinition Questionnaire ResearchDefinition ResearchElementDefinition
    RiskEvidenceSynthesis SearchParameter SpecimenDefinition StructureDefinition StructureMap TerminologyCapabilities TestReport TestScript ValueSet""".split())


def stored(resource):
    first = {"resourceType": resource["resourceType"], "id": resource["id"]}
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    first["meta"] = {"versionId": "1", "lastUpdated": "2019-11-01T09:29:23.356Z", **meta}
    rest = {k: v for k, v in resource.items() if k not in first and k != "text"}
    return json.dumps({**first, **rest}, ensure_ascii=False, separators=(",", ":")).encode()


def resources(value):
    if not isinstance(value, dict):
        return
    if value.get("resourceType") == "Bundle":
        for entry in value.get("entry", []):
            yield from resources(entry.get("resource"))
    elif "id" in value and value.get("resourceType") and value["resourceType"] not in LEFT_OUT:
        yield stored(value)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: train_pack.py OUT EXAMPLES...")
    samples = {}
    for folder in sys.argv[2:]:
        for path in sorted(Path(folder).glob("*.json")):
            for text in resources(json.loads(path.read_text(encoding="utf-8"))):
                if len(text) <= LONGEST:
                    samples[text] = True
    with tempfile.TemporaryDirectory() as folder:
        for i, text in enumerate(samples):
            (Path(folder) / f"{i:05d}").write_bytes(text)
        files = sorted(str(p) for p in Path(folder).iterdir())
        subprocess.run(["zstd", "-q", "--train", "--dictID=1", f"--maxdict={BYTES}", "-o", sys.argv[1], "-f", *files], check=True)
    print(f"{len(samples)} resources, {sum(map(len, samples))} bytes")


if __name__ == "__main__":
    main()
