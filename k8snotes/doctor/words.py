"""The sentences of the doctor: what a code says, why it matters, and what to do, made of the parts of a finding.

Nothing decides by these words: they are made when a finding is shown. In a sentence, `{name}` stands for a part, and
`{name!q}` for a part in quotes as Kubernetes writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from k8snotes.api.go_text import quoted

__all__ = ["FIX", "WHAT", "WHY", "fix", "what", "why"]

_Parts = Mapping[str, Any]
_Sentence = str | Callable[[_Parts], str]


class _Words(Formatter):
    """Puts the parts into a sentence; `!q` quotes one."""

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return quoted(str(value)) if conversion == "q" else super().convert_field(value, conversion)


_WORDS = _Words()


def what(code: str, parts: _Parts) -> str:
    """Return the sentence of a code: what is wrong.

    >>> what("unknown-field", {"field": "spec.prot"})
    'unknown field "spec.prot"'
    """
    return _sentence(WHAT[code], parts)


def why(because: str, parts: _Parts) -> str:
    """Return the sentence that says why something matters; a general one where nothing better is known."""
    return _sentence(WHY.get(because, WHY["refused"]), parts)


def fix(because: str, parts: _Parts) -> str:
    """Return what to do in words, "" where lines of YAML say it, or nothing is known."""
    return _sentence(FIX.get(because, ""), parts)


def _sentence(sentence: _Sentence, parts: _Parts) -> str:
    return _WORDS.vformat(sentence, (), parts) if isinstance(sentence, str) else sentence(parts)


# ---- sentences that depend on more than the code

_SHAPES = {
    "bool": "a truth value",
    "list": "a list",
    "nothing": "nothing",
    "number": "a number",
    "number-or-name": "a number or a name",
    "object": "an object (fields with values)",
    "text": "text",
    "true-or-false": "true or false",
    "whole-number": "a whole number",
    "word": "a single word",
}


def _pods(parts: _Parts) -> str:
    """Name a Pod, or the Pods that something makes."""
    if parts["kind"] == "Pod":
        return f"the Pod {parts['name']}"
    return f"the Pods of {parts['kind']} {parts['name']}"


def _named_ports(parts: _Parts) -> str:
    return f"its named ports: {parts['names']}" if parts["names"] else "its ports have no names"


def _belongs(parts: _Parts) -> str:
    home = f"in {parts['home']}" if parts["home"] else "at the top level (the left edge)"
    other = f" or {parts['other'] or 'at the top level'}" if "other" in parts else ""
    here = f"in {parts['here']}" if parts["here"] else "at the top level"
    return (
        f"{parts['name']} belongs {home}{other}; it stands {here}: the indentation says what belongs to what."
    )


def _no_port_of_name(parts: _Parts) -> str:
    return f'no container port is named "{parts["port"]}" in {_pods(parts)}; {_named_ports(parts)}'


def _port_not_declared(parts: _Parts) -> str:
    declares = "declares" if parts["kind"] == "Pod" else "declare"
    return f"it sends to port {parts['port']}, and {_pods(parts)} {declares} {parts['numbers']}"


def _probe_port_name(parts: _Parts) -> str:
    names = f"its ports are named: {parts['names']}" if parts["names"] else "its ports have no names"
    return f'no port of this container is named "{parts["port"]}"; {names}'


def _selects_elsewhere(parts: _Parts) -> str:
    pods = _pods(parts)
    return (
        f"{pods[:1].upper()}{pods[1:]} would fit, in namespace {parts['namespace']}: "
        "a Service selects in its own only."
    )


_NEAREST = (
    "A Service sends traffic to the Pods that carry every label of its selector, spelt exactly so. Nearest: "
)
_NEEDS_KIND = "kubectl does not know what to make of a document that does not say what it is."
_HOLDS_FIELDS = "This field holds fields of its own, each with a name, a colon and a value."
_COLON_BLANK = "Without it YAML reads one word, and no field with a value."
_QUOTES = "The character has a meaning of its own in YAML; in quotes it is text."
_DECLARING = (
    "Declaring a port opens nothing and its absence closes nothing; "
    "but here one of two numbers is probably wrong."
)
_LIMIT = "Kubernetes has a limit for it."
_NO_MANIFEST = "A manifest is a mapping that begins with apiVersion: and kind:."

# ---- what is wrong

WHAT: dict[str, _Sentence] = {
    # characters
    "odd-character": "{names}, where YAML has a plain one",
    "tab": "a tab in the indentation",
    "dash-without-blank": "the dash of a list item needs a blank after it",
    "template": "{{{{ ... }}}} is a template's: this is not yet a manifest",
    "copied-prefix": "every line begins with something that was copied along ({prefix})",
    # what YAML cannot read
    "not-yaml": "this is not YAML: {detail}",
    "not-yaml-from-here": "from here on this is not YAML",
    "comma-missing": "the comma at the end of the line is missing",
    "no-part-of-it": "this line is no part of a manifest",
    "block-text": "the text below | must stand to the right of its key",
    "colon-without-blank": "the colon needs a blank after it",
    "colon-missing": "the colon after {name} is missing",
    "no-separator": "this is no separator of documents",
    "separator-indented": "--- must stand at the left edge",
    "comment-sign": "a comment begins with #",
    "line-ends-in-comma": "a comma at the end of the line",
    "line-ends-in-semicolon": "a semicolon at the end of the line",
    "backslash": "a backslash in double quotes",
    "text-after-quote": "text after the closing quote",
    "sign-unquoted": "a value may not begin with {sign} unless it is quoted",
    "colon-unquoted": "a value that has a colon needs quotes",
    "closing-quote": "the closing quote is missing",
    "opening-quote": "the opening quote is missing",
    "closing-bracket": "the closing {missing} is missing",
    "indentation": "indented by {here} blanks, where {column} fit the lines above",
    "dash-missing": "the dash of a list item is missing",
    # keys and documents
    "doubled-key": "{message}",
    "second-object": "a second object begins here",
    "no-meaning": "{message}",
    "nothing-in-it": "there is no manifest in it",
    "no-mapping": lambda parts: f"this is {_SHAPES[parts['shape']]}, not a manifest",
    "passed-over": "no manifest: passed over",
    "kustomization": "a Kustomization, passed over",
    "not-examined": "this document was not examined to its end ({error})",
    "too-large-to-apply": "too large for kubectl apply, which refuses it: metadata.annotations: Too long: "
    "may not be more than 262144 bytes",
    "fields-not-known": 'no matches for kind "{kind}" in version "{version}"',
    "rules-not-known": "fields and types were checked; the rules of {kind} are not known here",
    # kinds
    "not-a-manifest": "neither apiVersion nor kind is there",
    "kind-missing": "Object 'Kind' is missing",
    "kind-not-text": "kind must be a word",
    "version-missing": "Object 'apiVersion' is missing",
    "version-empty": "apiVersion is empty",
    "version-not-text": "apiVersion must be text",
    "kind-misspelt": "no such kind: {kind!q}",
    "no-match": "no matches for kind {kind!q} in version {version!q}",
    # fields and types
    "unknown-field": "unknown field {field!q}",
    "run-together": "the colon after {name} needs a blank after it",
    "wrong-shape": lambda parts: f"{_SHAPES[parts['is']]} where {_SHAPES[parts['wanted']]} belongs",
    "no-match-labels": "matchLabels has no place here",
    "text-read-as-field": "text that YAML reads as a field",
    "number-too-odd": "{raw} is no number that fits here",
    "no-time": "{problem}",
    "no-base64": "this is not base64",
    "no-quantity": lambda parts: f"{parts['word'] or 'this'} is no quantity",
    # what the API server says
    "refused": "{message}",
    "api-warning": "{message}",
    # oddities of one object
    "joined-lines": "these lines are joined to one",
    "odd-key": 'the key {key} is read as "{read}"',
    "image-name": "{image!r} is no name of an image",
    "many-cores": "{word} cores of CPU",
    "cpu-in-bytes": "{word} as an amount of CPU",
    "few-bytes": "{bytes} bytes of memory",
    "probe-port-name": _probe_port_name,
    "probe-port-number": "the probe asks port {port}, the container declares {numbers}",
    "octal-port": "{word} is read as {read}",
    "no-selector": "this Service has no selector",
    # between objects
    "selects-none": "the selector finds none of the Pods that are written here",
    "fits-none": "the selector fits none of the Pods that are written here",
    "no-pods-here": "no Pods for this Service are written here",
    "port-name-protocol": lambda parts: (
        f'port "{parts["port"]}" of {_pods(parts)} is {parts["other"]}, and this one is {parts["protocol"]}'
    ),
    "port-number-protocol": lambda parts: (
        f"port {parts['port']} of {_pods(parts)} is {parts['other']}, and this one is {parts['protocol']}"
    ),
    "no-port-of-name": _no_port_of_name,
    "port-not-declared": _port_not_declared,
    "no-such-object": 'no {kind} "{name}" is written here; there is "{near}"',
    "no-such-service": 'no Service "{name}" is written here; there is {names}',
    "no-port-of-service": "Service {name} has no port {port}; it has {numbers}",
    "rivals": "it selects the same Pods as {kind} {name}",
    "url-port-differs": "it opens port {given} on every Node, and the URL {url} asks for port {port}",
    "node-port-not-known": "it opens a node port that the cluster chooses; the URL asks for port {port}",
    "only-on-cluster-ip": "port {port} is open on the Cluster IP alone",
    "url-port-unopened": "no Service here opens port {port} of the URL",
    "namespace-elsewhere": "Namespace {namespace} is not made here",
    "namespace-too-late": "Namespace {namespace} comes after objects that need it",
}

# ---- why it matters

WHY: dict[str, _Sentence] = {
    # characters
    "odd-character": "It looks like the character that is meant, and YAML takes it for a letter: "
    "copied text often has it.",
    "tab": "YAML indents with blanks only: a tab has no width that everybody agrees on.",
    "dash-without-blank": "Without it YAML reads a field whose name is -{key}, and no list.",
    "template": "kubectl does not fill in templates: Helm (or whatever the template is for) does, before.",
    "copied-prefix": "Line numbers and the signs of a diff or a mail are no part of a manifest.",
    # what YAML cannot read
    "not-yaml": "YAML cannot be read beyond this place; the line was passed over to look at the rest.",
    "not-yaml-from-here": "The rest was not looked at.",
    "comma-missing": "In braces and brackets, commas separate the fields.",
    "no-part-of-it": "It has no colon after a first word: it reads like a command or a sentence, "
    "and a comment begins with #.",
    "block-text": "Otherwise the text ends where it begins, and its lines are read as fields.",
    "colon-without-blank": _COLON_BLANK,
    "colon-missing": "A field is its name, a colon, and its value.",
    "no-separator": "Documents are separated by three dashes at the left edge.",
    "separator-indented": "Elsewhere it is no separator of documents.",
    "comment-sign": "YAML knows no other sign for a comment.",
    "line-ends-in-comma": "Lines separate the fields; a comma belongs to JSON, or between brackets.",
    "line-ends-in-semicolon": "Lines separate the fields; a comma belongs to JSON, or between brackets.",
    "backslash": "In double quotes a backslash begins an escape, as in \\n; single quotes take it as it is.",
    "text-after-quote": "What follows the closing quote belongs to no value: "
    "the quotes must go around the whole.",
    "sign-unquoted": _QUOTES,
    "colon-unquoted": _QUOTES,
    "closing-quote": "Everything up to the next quote, lines below, would belong to this value.",
    "opening-quote": "Quotes come in pairs.",
    "closing-bracket": "What opens must close: YAML reads on for the end over the lines below.",
    "indentation": "YAML reads from the indentation what belongs to what: "
    "fields of one object stand in one column.",
    "dash-missing": "The lines beside it are items.",
    # keys and documents
    "doubled-key": "Of two values one would be lost without a word.",
    "doubled-equally": "Of two values one would be lost without a word.",
    "second-object": "Objects are separated by a line with three dashes; "
    "without it this is one, with everything twice.",
    "no-meaning": "It has no meaning here.",
    "no-text": "A manifest is text.",
    "no-manifest": _NO_MANIFEST,
    "no-manifest-but-a-list": _NO_MANIFEST,
    "empty-beside": "kubectl passes over an empty file beside others.",
    "passed-over": "Files without apiVersion and kind stand beside manifests, and are none.",
    "kustomization": "It says how to build manifests: kubectl apply -k builds and sends them.",
    "not-examined": "That is a defect of the doctor; the other documents were looked at.",
    "too-large-to-apply": "kubectl apply keeps a copy of the whole manifest in an annotation, and there is a limit to "
    "those. kubectl create and kubectl apply --server-side keep none, and are accepted.",
    "fields-not-known": "No cluster has this kind without its CustomResourceDefinition, which is not in the source. "
    "Where that is installed, the definition decides; here the metadata was checked, and nothing else.",
    "rules-not-known": "The API server may still refuse it.",
    # kinds
    "not-a-manifest": _NEEDS_KIND,
    "needs-kind": _NEEDS_KIND,
    "docker-compose": "It looks like a file for docker compose, which Kubernetes does not read.",
    "kind-in-group": "Every kind belongs to one API group, and is asked for by both names.",
    "kind-misspelt": "Kinds are written with capitals and in the singular; "
    "the short and plural names are kubectl's.",
    "exchanged": "The two are exchanged: apiVersion has the group and its version, kind says what it is.",
    "version-removed": "This apiVersion was removed in Kubernetes v{release}.",
    "kind-gone": "This apiVersion was removed in Kubernetes v{release}. The kind is gone too: "
    "Pod Security admission takes its place (labels on the Namespace).",
    "kind-unknown": "A cluster serves the kinds that it knows: kubectl api-resources lists them.",
    "kind-not-served": "A cluster serves the kinds that it knows.",
    "runs-in-pods": "What runs is a Pod, or something that makes Pods "
    "(Deployment, ReplicationController, Job).",
    # unknown fields
    "misspelt": "Names of fields are told apart by every letter, and by capitals too.",
    "belongs-elsewhere": _belongs,
    "belongs-elsewhere-where-one-is": lambda parts: f"{_belongs(parts)} There is one already.",
    "other-name": "Kubernetes' name for it is {right}.",
    "name-of-your-own": "Names of your own choice stand under labels or annotations.",
    "may-stand-here": "What may stand here: {names}.",
    "some-may-stand-here": "What may stand here: {names}, ....",
    "container-ports-are-a-list": "A container may have several ports: "
    "they are a list, and each is a containerPort.",
    "labels-under-match-labels": "A Deployment's (ReplicaSet's, Job's) selector has its labels under matchLabels; "
    "a Service's has not.",
    "labels-themselves": "A Service's selector holds the labels themselves.",
    "amounts-have-a-place": "Amounts stand under requests (what is kept free) "
    "or limits (the most that it may take).",
    "backend-under-service": "In networking.k8s.io/v1 the name and the port of the Service stand under service.",
    "reads-like-a-sentence": "It reads like a sentence about the manifest; a comment begins with #.",
    "service-counts-none": "A Service makes no Pods, so it counts none: a Deployment does.",
    "service-makes-none": "A Service makes no Pods: it finds those that are there.",
    "service-runs-nothing": "A Service runs nothing: Pods do.",
    "service-opens-node-ports": "Node ports are opened by a Service, and not by a container.",
    "service-has-target-ports": "targetPort is a Service's; a container has its containerPort.",
    "pod-is-one": "A Pod is one. Several equal ones are made by a Deployment.",
    "pod-is-no-template": "A Pod is no template: what makes Pods of one is a Deployment.",
    "pod-selects-none": "A Pod looks for no Pods: a Service or a Deployment does.",
    # wrong types
    "is-a-list": "{name} is a list, for there may be several: each item begins with a dash.",
    "is-a-list-of-words": "{name} is a list of words, in brackets or with a dash before each.",
    "holds-fields": _HOLDS_FIELDS,
    "holds-these-fields": _HOLDS_FIELDS + " Here: {names}.",
    "nothing-published": "Nothing is published here as Docker does it: "
    "a container has its port, and a Service gives it another number.",
    "one-object-without-dashes": "A dash begins an item of a list; "
    "this is one object, whose fields have no dashes.",
    "one-value": "One value belongs here, and no fields or items.",
    "no-match-labels": "The selector of a Service or ReplicationController holds the labels themselves, "
    "with no matchLabels.",
    "text-read-as-field": "A colon and a blank make a field of it; in quotes it is text.",
    "unquoted": lambda parts: (
        f"{parts['raw']} unquoted is {_SHAPES[parts['is']]} to YAML, and text is needed: quotes make it text."
    ),
    "quoted-number": "In quotes it is text, and a number is needed.",
    "quoted-bool": "In quotes it is text, and true or false is needed.",
    "truth-value": "{raw} unquoted is a truth value to YAML.",
    "number-too-odd": "A whole number of a usual size is needed.",
    "field-takes": lambda parts: f"The field takes {_SHAPES[parts['wanted']]}.",
    "no-time": "A time is written as 2006-01-02T15:04:05Z.",
    "no-base64": "The values under data are base64; under stringData they are written as they are.",
    "no-base64-text": "The values under data are base64; under stringData they are written as they are.",
    "no-quantity": "A quantity is a number and a unit, with no blank: "
    "250m or 0.5 of CPU, 128Mi or 1Gi of memory.",
    # refusals, by what Kubernetes calls their reason
    "refused": "The API server does not accept it.",
    "FieldValueRequired": "Kubernetes needs this field, and it is not there or empty.",
    "FieldValueInvalid": "The field takes other values than this one.",
    "FieldValueNotSupported": "The field takes one of a few words, spelt exactly so.",
    "FieldValueDuplicate": "It may stand here once only.",
    "FieldValueForbidden": "It does not go together with what else is written here.",
    "FieldValueNotFound": "It refers to something that this object does not have.",
    "FieldValueTooLong": _LIMIT,
    "FieldValueTooMany": _LIMIT,
    # refusals, by the rule that was broken
    "service-needs-a-port": "A Service that has an address needs at least one port on which it answers.",
    "ports-have-names": "Where there are several ports, each has a name, by which others refer to it.",
    "port-number": "Port numbers go from 1 to 65535.",
    "port-names-have-letters": "In quotes it is the name of a port, and names have a letter.",
    "node-port-range": "Node ports are kept apart from those of the Nodes' own programs; "
    "without this line the cluster chooses one.",
    "node-port-type": "Only a Service of type NodePort (or LoadBalancer) opens a port on the Nodes.",
    "node-port-taken": "A node port is opened on every Node, so it can belong to one Service only; "
    "this one is taken.",
    "node-port-taken-by": "A node port is opened on every Node, so it can belong to one Service only; "
    "Service {holder} has it.",
    "cluster-ip-taken": "An address can belong to one Service only; without this line the cluster chooses one.",
    "cluster-ip-range": "The cluster gives Services addresses out of its own range.",
    "selector-is-not-guessed": "It finds its Pods by this selector alone, "
    "and does not guess it from the template.",
    "selector-comes-first": "There is no selector yet: with one that names these labels, this is mended too.",
    "template-labels": "Its Pods would not be found by its own selector, "
    "and it would go on making new ones for ever.",
    "template-is-copied": "The template is the Pod that it makes copies of.",
    "pod-needs-containers": "A Pod is made of containers: it needs one at least.",
    "path-type": "Prefix takes the path and all below it, Exact the path alone; ImplementationSpecific leaves it to the "
    "controller.",
    "schedule-fields": "A schedule has five fields: minute, hour, day of the month, month, day of the week (0 is Sunday). "
    "The time zone stands in timeZone.",
    "time-zone": "A time zone is called as in the IANA's list, such as Europe/Berlin.",
    "most-and-least": "The autoscaler keeps the number of Pods between minReplicas and maxReplicas.",
    "access-modes": "A claim says how its volume is mounted: ReadWriteOnce is by the Pods of one Node.",
    "claim-size": "A claim says how much storage it needs.",
    "image-is-what-runs": "The image is the program that runs.",
    "containers-have-names": "Containers of a Pod are told apart by their names.",
    "objects-have-names": "An object is found by its kind, its namespace and its name.",
    "name-is-a-dns-name": "The name becomes part of DNS names, so it keeps to their letters: "
    "a-z, 0-9 and the dash.",
    "mounts-are-of-volumes": "A container can mount only what the Pod lists under volumes.",
    "mounts-are-of-these-volumes": "A container can mount only what the Pod lists under volumes.",
    "work-that-ends": "Work that ends must say what becomes of it if it fails: "
    "the container again, or a new Pod.",
    "work-without-end": "What replaces its Pods wants them to run for ever; what runs to its end is a Job.",
    "labels-are-short-words": "Labels are short words: letters, digits, dashes, underscores and dots, 63 at most.",
    "limits-and-requests": "A limit is the most, a request what is kept free.",
    "resources-of-containers": "A container asks for cpu, memory or ephemeral-storage; "
    "any other resource has a name with a domain, as in example.com/gpu.",
    "external-name-is-a-dns-name": "It is a DNS name, with no https:// before and no path behind.",
    "dash-too-many": "Every dash begins an item of its own: what is missing here stands in the item above.",
    "same-name": "A document before this one has the same kind and name: "
    "an object is known by these and its namespace.",
    "quota": "A ResourceQuota limits what the objects of a Namespace may ask for together.",
    "forbidden": "A rule of the Namespace or of the cluster forbids it.",
    "resource-version": "The cluster numbers the versions of its objects; a new one has none yet.",
    # warnings of the API server
    "api-warning": "It is accepted, and the API server warns: it may not do what it looks like.",
    "variant": "Within one cluster an object is known by kind, namespace and name; a folder may hold variants.",
    "fractional-bytes": "m is a thousandth: of memory this is a fraction of one byte. Mi is a mebibyte.",
    # oddities of one object
    "joined-lines": "Without a sign after the colon, YAML puts a blank in place of each line break; "
    "| keeps them.",
    "odd-key": "Unquoted it is a truth value to YAML; in quotes it is a name.",
    "image-name": "The kubelet could not read it (InvalidImageName): "
    "NAME:TAG in small letters, a registry before it.",
    "image-in-typographic-quotes": "Typographic quotes are letters to YAML, "
    "so they are part of the name of the image.",
    "many-cores": "CPU is counted in cores: {word} are {word} whole ones, and no Node has so many.",
    "cpu-in-bytes": "CPU is counted in cores, and that is a unit of memory.",
    "few-bytes": "Memory without a unit is counted in bytes: no program fits into so few.",
    "probe-port-name": "A probe that cannot find its port fails, "
    "and the Pod never gets ready (or restarts for ever).",
    "probe-port-number": "If nothing listens there, the probe fails, and the Pod never gets ready.",
    "octal-port": "A number that begins with 0 is octal to YAML.",
    "no-selector": "It finds no Pods by itself: without a selector, somebody must write its Endpoints by hand.",
    # between objects
    "selects-in-its-namespace": _selects_elsewhere,
    "selector-compares": lambda parts: f"{_NEAREST}{_pods(parts)}: {parts['reason']}.",
    "selector-misspelt": lambda parts: (
        f"{_NEAREST}{_pods(parts)}: {parts['reason']}. One of the two is misspelt."
    ),
    "no-pods-here": "Nothing that carries these labels is written here; it may be in another file.",
    "port-name-protocol": "Name and protocol must both fit.",
    "port-number-protocol": _DECLARING,
    "port-not-declared": _DECLARING,
    "no-port-of-name": "The Service looks the name up in each Pod; "
    "a Pod that has none of that name gets no traffic.",
    "no-such-object": "The Pod would wait for it, and not start.",
    "no-such-service": "The Ingress sends there, and nobody answers.",
    "no-port-of-service": "An Ingress names the Service's own port, and neither targetPort nor containerPort.",
    "rivals": "Each counts only the Pods that it made, but both claim those that nobody owns: "
    "give each its own label.",
    "url-port-differs": "Nobody answers on port {port}: the port in the URL and the nodePort must be the same.",
    "node-port-not-known": "Without nodePort, nobody knows the number before the Service is made.",
    "only-on-cluster-ip": "From outside of the cluster, "
    "only a Service of type NodePort or LoadBalancer is reached.",
    "url-port-unopened": "Nobody answers there.",
    "namespace-elsewhere": "It must be there before: "
    "a cluster refuses objects of a Namespace that it does not have.",
    "namespace-too-late": "kubectl sends the documents in their order: "
    "what comes before its Namespace is refused.",
}

# ---- what to do, where that is no YAML

FIX: dict[str, _Sentence] = {
    "too-large-to-apply": "kubectl apply --server-side -f FILE",
    "template": "helm template CHART > manifests.yaml, and examine what comes out",
    "doubled-equally": "{key} once",
    "no-manifest-but-a-list": "--- between the objects, and no dash before them",
    "docker-compose": "kompose convert writes manifests",
    "no-base64-text": "stringData: with the value in quotes",
    "node-port-taken": "another number from 30000 to 32767, or none: then the cluster chooses one",
    "node-port-taken-by": "another number from 30000 to 32767, or none: then the cluster chooses one",
    "mounts-are-of-these-volumes": "one of the Pod's volumes: {names}",
    "url-port-differs": "{right_url}, or nodePort: {port}",
}
