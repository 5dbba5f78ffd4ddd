"""Holds manifests to the schemas of custom resources: every object of a group that a definition given here is of.

python check-custom-resources.py <definition> … -- <manifests>
"""

import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator


def strict(schema):
    """As a server does with `--validate=strict`: what a schema does not name is refused."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: strict(part) for name, part in schema.items()}
    keeps_more = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("type") == "object" and "properties" in schema and not keeps_more:
        schema["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        schema.pop("type", None)
    return schema


def main(definitions: list[str], manifests: str) -> None:
    schemas, groups = {}, set()
    for file in definitions:
        spec = yaml.safe_load(Path(file).read_text())["spec"]
        groups.add(spec["group"])
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            # An object of a server's own, whose schema a definition does not repeat.
            schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
            schemas[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    checked = 0
    for found in filter(None, yaml.safe_load_all(Path(manifests).read_text())):
        kind = found["apiVersion"], found["kind"]
        if kind[0].split("/")[0] not in groups:
            continue
        if kind not in schemas:
            sys.exit(f"There is no {kind[1]} in {kind[0]}.")
        for problem in Draft202012Validator(schemas[kind]).iter_errors(found):
            sys.exit(f"{kind[1]} {found['metadata'].get('name')}: {problem.json_path}: {problem.message}")
        checked += 1
    if checked == 0:
        sys.exit(f"{manifests} has no custom resource: nothing was checked.")


border = sys.argv.index("--")
main(sys.argv[1:border], sys.argv[border + 1])
