"""The sentences of the doctor: what a code says, why it matters, and what to do, made of the parts of a finding.

No decision reads these words: they are made when a finding is shown. A sentence of the tables is a message whose places
have the names of parts. Where a sentence depends on more than its code, a function makes it of the parts. What the API
server and kubectl say themselves stays in their words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from k8snotes.api.foreign import NAMES
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _, ngettext
from k8snotes.doctor import cluster_words

__all__ = ["FIX", "WHAT", "WHY", "fix", "told", "what", "why"]

_Parts = Mapping[str, Any]
_Sentence = str | Callable[[_Parts], str]


def what(code: str, parts: _Parts) -> str:
    """Return the sentence of a code in the language in force: what is wrong.

    >>> what("colon-missing", {"name": "image"})
    'The colon after image is missing.'
    """
    return _sentence(WHAT[code] if code in WHAT else cluster_words.WHAT[code], parts)


def why(because: str, parts: _Parts) -> str:
    """Return the sentence that says why something matters; a general one where nothing better is known."""
    return _sentence(WHY.get(because) or cluster_words.WHY.get(because, WHY["refused"]), parts)


def fix(because: str, parts: _Parts) -> str:
    """Return what to do in words, "" where lines of YAML say it, or nothing is known."""
    return _sentence(FIX.get(because) or cluster_words.FIX.get(because, ""), parts)


def told(code: str, because: str, parts: _Parts) -> tuple[object, ...]:
    """Return what tells the sentences of a finding from those of others: the codes, and the parts that they name.

    Args:
        code: what was found.
        because: why it matters; "" where only the first sentence counts.
        parts: the values that the sentences are made with.

    >>> told("colon-missing", "", {"name": "image", "seen": "elsewhere"})
    ('colon-missing', '', ('name', 'image'))
    """
    asked = _Asked(parts)
    what(code, asked)
    if because:
        why(because, asked)
    return code, because, *((name, str(parts[name])) for name in sorted(asked.names))


class _Asked(dict[str, Any]):
    """Parts that remember which of them a sentence has asked for."""

    def __init__(self, parts: _Parts) -> None:
        super().__init__(parts)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)


def _sentence(sentence: _Sentence, parts: _Parts) -> str:
    return sentence(parts) if callable(sentence) else str(sentence).format_map(parts)


# ---- sentences that depend on more than the code

_SHAPES = {
    "bool": _("a truth value"),
    "list": _("a list"),
    "nothing": _("an empty value"),
    "number": _("a number"),
    "number-or-name": _("a number or a name"),
    "object": _("an object (fields with values)"),
    "text": _("text"),
    "true-or-false": _("true or false"),
    "whole-number": _("a whole number"),
    "word": _("a single word"),
}


def _message(parts: _Parts) -> str:
    """Say what the API server, or whatever reads YAML, has said itself."""
    return str(parts["message"])


def _pods(parts: _Parts) -> str:
    """Name a Pod, or the Pods that something creates."""
    if parts["kind"] == "Pod":
        return _("the Pod {name}", name=parts["name"])
    return _("the Pods of {kind} {name}", kind=parts["kind"], name=parts["name"])


def _odd_character(parts: _Parts) -> str:
    first, *others = parts["names"]
    for other in others:
        first = _("{first} and {second}", first=first, second=other)
    return _("This line has {characters} instead of plain characters.", characters=first)


def _indentation(parts: _Parts) -> str:
    return _(
        "This line is indented by {here}, but {fitting} would fit the lines above.",
        here=ngettext("{n} space", "{n} spaces", parts["here"]),
        fitting=ngettext("{n} space", "{n} spaces", parts["column"]),
    )


def _belongs(parts: _Parts) -> str:
    top = _("the top level (the left edge)")
    name, home, here = parts["name"], parts["home"] or top, parts["here"] or top
    if "other" in parts:
        return _(
            "{name} belongs to {home} or {other}, but its indentation puts it into {here}.",
            name=name,
            home=home,
            other=parts["other"] or top,
            here=here,
        )
    return _(
        "{name} belongs to {home}, but its indentation puts it into {here}.", name=name, home=home, here=here
    )


def _belongs_where_one_is(parts: _Parts) -> str:
    first, second = _belongs(parts), _("There is such a field already.")
    return _("{first} {second}", first=first, second=second)


def _probe_port_name(parts: _Parts) -> str:
    if parts["names"]:
        return _(
            'No port of this container has the name "{port}". Its ports have the names {names}.',
            port=parts["port"],
            names=parts["names"],
        )
    return _('No port of this container has the name "{port}". Its ports have no names.', port=parts["port"])


def _no_port_of_name(parts: _Parts) -> str:
    pods, port, names = _pods(parts), parts["port"], parts["names"]
    if names:
        return _(
            'No container port of {pods} has the name "{port}". The named ports are {names}.',
            pods=pods,
            port=port,
            names=names,
        )
    return _(
        'No container port of {pods} has the name "{port}". The ports have no names.', pods=pods, port=port
    )


def _port_not_declared(parts: _Parts) -> str:
    port, name, numbers = parts["port"], parts["name"], parts["numbers"]
    if parts["kind"] == "Pod":
        return _(
            "The Service sends traffic to port {port}, but the Pod {name} declares {numbers}.",
            port=port,
            name=name,
            numbers=numbers,
        )
    return _(
        "The Service sends traffic to port {port}, but the Pods of {kind} {name} declare {numbers}.",
        port=port,
        kind=parts["kind"],
        name=name,
        numbers=numbers,
    )


def _port_name_protocol(parts: _Parts) -> str:
    return _(
        'Port "{port}" of {pods} uses {other}, but this port uses {protocol}.',
        port=parts["port"],
        pods=_pods(parts),
        other=parts["other"],
        protocol=parts["protocol"],
    )


def _port_number_protocol(parts: _Parts) -> str:
    return _(
        "Port {port} of {pods} uses {other}, but this port uses {protocol}.",
        port=parts["port"],
        pods=_pods(parts),
        other=parts["other"],
        protocol=parts["protocol"],
    )


def _selects_several(parts: _Parts) -> str:
    return _(
        "The selector finds the Pods of {kind} {name} and those of {other_kind} {other}. "
        "Only the first have port {port}.",
        kind=parts["kind"],
        name=parts["name"],
        other_kind=parts["other_kind"],
        other=parts["other"],
        port=parts["port"],
    )


def _port_without_name(parts: _Parts) -> str:
    return _(
        'This port of {pods} has no name, but Service {service} sends traffic to port "{port}".',
        pods=_pods(parts),
        service=parts["service"],
        port=parts["port"],
    )


def _endpoints_port_name(parts: _Parts) -> str:
    kind, name, port, service = parts["kind"], parts["name"], parts["port"], parts["service"]
    if not port:
        return _(
            "The port of Service {service} has no name, but {kind} {name} names its ports {names}.",
            service=service,
            kind=kind,
            name=name,
            names=parts["names"],
        )
    return _(
        '{kind} {name} has no port "{port}", but Service {service} needs one.',
        kind=kind,
        name=name,
        port=port,
        service=service,
    )


def _monitors_none(parts: _Parts) -> str:
    if parts["kind"] == "Service":
        return _("No Service in these manifests has the labels {selector}.", selector=parts["selector"])
    return _("No Pod in these manifests has the labels {selector}.", selector=parts["selector"])


def _scales_without_requests(parts: _Parts) -> str:
    return _(
        "The autoscaler needs a request for {resource} of every container, but {kind} {name} has none for {containers}.",
        resource=parts["resource"],
        kind=parts["kind"],
        name=parts["name"],
        containers=parts["containers"],
    )


def _pods_refused(parts: _Parts) -> str:
    return _("The API server would refuse {pods}: {message}", pods=_pods(parts), message=parts["message"])


def _pods_refused_in_part(parts: _Parts) -> str:
    return _(
        "The API server would accept only {count} of {number} Pods of {kind} {name}: {message}",
        count=parts["count"],
        number=parts["number"],
        kind=parts["kind"],
        name=parts["name"],
        message=parts["message"],
    )


def _too_large(parts: _Parts) -> str:
    del parts
    return _(
        "kubectl apply would refuse this object, because it is too large: {message}",
        message="metadata.annotations: Too long: may not be more than 262144 bytes",
    )


def _selects_elsewhere(parts: _Parts) -> str:
    return _(
        "The selector fits {pods} in the namespace {namespace}. A Service selects only Pods of its own namespace.",
        pods=_pods(parts),
        namespace=parts["namespace"],
    )


def _nearest(parts: _Parts) -> str:
    return _(
        "A Service sends traffic only to Pods that have every label of its selector, letter by letter. "
        "Compare it with {pods}: {reason}.",
        pods=_pods(parts),
        reason=parts["reason"],
    )


def _nearest_misspelt(parts: _Parts) -> str:
    first, second = _nearest(parts), _("One of the two is misspelled.")
    return _("{first} {second}", first=first, second=second)


def _one_of(parts: _Parts) -> str:
    """Name the words that a field takes, where they are known."""
    if "words" not in parts:
        return ""
    return _("Give {field} one of these values: {words}.", field=parts["key"], words=parts["words"])


def _hint(parts: _Parts) -> str:
    """Say what to do as the room says it that has found the fault."""
    return str(parts["hint"])


_NEEDS_KIND = _("kubectl needs apiVersion and kind to know what a document describes.")
_KNOWN_KINDS = _("A cluster accepts only the kinds that it knows.")
_HOLDS_FIELDS = _("This field holds fields of its own. Each has a name, a colon and a value.")
_COLON_SPACE = _("Without the space, YAML reads one word and not a field with a value.")
_QUOTES = _("This character has a special meaning in YAML. Quotes make the value text.")
_DECLARING = _(
    "To declare a port opens nothing, and to leave it out closes nothing. "
    "But one of the two numbers is probably wrong."
)
_NO_MANIFEST = _("A manifest is a mapping with the fields apiVersion and kind.")
_LOST = _("One of the two values would be lost without a warning.")
_BASE64 = _("Values under data are written in base64. Values under stringData are plain text.")
_VOLUMES = _("A container can mount only the volumes that its Pod lists under volumes.")
_OTHER_NODE_PORT = _(
    "Choose another number from 30000 to 32767, or remove the line to let the cluster choose."
)
_OWN_RANGE = _("The cluster gives Services addresses from a range of its own.")

# ---- what is wrong

WHAT: dict[str, _Sentence] = {
    # characters
    "odd-character": _odd_character,
    "tab": _("The indentation has a tab."),
    "dash-without-blank": _("The dash of this list item needs a space after it."),
    "template": lambda _parts: _("This is a template and not yet a manifest, because it has {{ ... }}."),
    "copied-prefix": _('Every line begins with copied text such as "{prefix}".'),
    # what YAML cannot read
    "not-yaml": _("This is not YAML: {detail}."),
    "not-yaml-from-here": _("From here on, the text is not YAML."),
    "comma-missing": _("The comma at the end of this line is missing."),
    "no-part-of-it": _("This line is not part of a manifest."),
    "block-text": _("The text after | must be indented more than its key."),
    "colon-without-blank": _("The colon needs a space after it."),
    "colon-missing": _("The colon after {name} is missing."),
    "no-separator": _("This line does not separate documents."),
    "separator-indented": _("The separator --- must begin at the left edge."),
    "comment-sign": _("A comment must begin with #."),
    "line-ends-in-comma": _("This line ends with a comma."),
    "line-ends-in-semicolon": _("This line ends with a semicolon."),
    "backslash": _("The text in double quotes has a backslash that YAML does not understand."),
    "text-after-quote": _("There is text after the closing quote."),
    "sign-unquoted": _("A value that begins with {sign} needs quotes."),
    "colon-unquoted": _("This value has a colon, so it needs quotes."),
    "closing-quote": _("The closing quote is missing."),
    "opening-quote": _("The opening quote is missing."),
    "closing-bracket": _("The closing {missing} is missing."),
    "indentation": _indentation,
    "dash-missing": _("The dash of this list item is missing."),
    # keys and documents
    "doubled-key": _message,
    "second-object": _("A second object begins here."),
    "no-meaning": _message,
    "nothing-in-it": _("There is no manifest in this text."),
    "no-mapping": lambda parts: _("This is {shape} and not a manifest.", shape=_SHAPES[parts["shape"]]),
    "passed-over": _("This file is not a manifest, so it was not examined."),
    "foreign": lambda parts: _("This is {what}, so it was not examined.", what=NAMES[parts["sort"]]),
    "not-examined": _("The doctor could not examine this document to its end ({error})."),
    "too-large-to-apply": _too_large,
    "fields-not-known": 'no matches for kind "{kind}" in version "{version}"',  # kubectl's words
    "rules-not-known": _(
        "The fields and their types were checked. k8snotes does not know the rules of {kind}."
    ),
    # kinds
    "not-a-manifest": _("Both apiVersion and kind are missing."),
    "kind-missing": "Object 'Kind' is missing",
    "kind-not-text": _("kind must be a word."),
    "version-missing": "Object 'apiVersion' is missing",
    "version-empty": _("apiVersion is empty."),
    "version-not-text": _("apiVersion must be text."),
    "kind-misspelt": lambda parts: _("There is no kind {kind}.", kind=quoted(str(parts["kind"]))),
    "no-match": lambda parts: (
        f"no matches for kind {quoted(str(parts['kind']))} in version {quoted(str(parts['version']))}"
    ),
    # fields and types
    "unknown-field": lambda parts: f"unknown field {quoted(str(parts['field']))}",
    "run-together": _("The colon after {name} needs a space after it."),
    "wrong-shape": lambda parts: _(
        "This is {shape}, but the field needs {wanted}.",
        shape=_SHAPES[parts["is"]],
        wanted=_SHAPES[parts["wanted"]],
    ),
    "no-match-labels": _("matchLabels is not allowed here."),
    "text-read-as-field": _("YAML reads this text as a field."),
    "number-too-odd": _("The number {raw} does not fit here."),
    "no-time": "{problem}",
    "no-base64": _("This value is not base64."),
    "no-quantity": lambda parts: (
        _("{word} is not a quantity.", word=parts["word"])
        if parts["word"]
        else _("This value is not a quantity.")
    ),
    # what the API server says
    "refused": _message,
    "api-warning": _message,
    # oddities of one object
    "joined-lines": _("YAML joins these lines into one line."),
    "odd-key": _('YAML reads the key {key} as "{read}".'),
    "image-name": lambda parts: _("{image} is not a valid image name.", image=quoted(str(parts["image"]))),
    "much-memory": _("The value {word} is more memory than most Nodes have."),
    "fractional-bytes": _("The value {word} is a fraction of one byte."),
    "shell-without-command": _("{shell} -c needs a command as its next word."),
    "restart-policy-of-container": _("This restartPolicy belongs to one container and not to the Pod."),
    "all-pods-may-stop": _(
        "All Pods may be unavailable during a rollout (maxUnavailable is 100%, maxSurge {surge})."
    ),
    "many-cores": _("The value {word} means {word} cores of CPU."),
    "cpu-in-bytes": _("The value {word} is given as an amount of CPU."),
    "few-bytes": lambda parts: ngettext(
        "This value means {n} byte of memory.", "This value means {n} bytes of memory.", parts["bytes"]
    ),
    "probe-port-name": _probe_port_name,
    "probe-port-number": _("The probe asks port {port}, but the container declares {numbers}."),
    "octal-port": _("YAML reads {word} as {read}."),
    "no-selector": _("This Service has no selector."),
    # between objects
    "selects-none": _("The selector finds none of the Pods in these manifests."),
    "fits-none": _("The selector fits none of the Pods in these manifests."),
    "no-pods-here": _("These manifests have no Pods for this Service."),
    "port-name-protocol": _port_name_protocol,
    "port-number-protocol": _port_number_protocol,
    "no-port-of-name": _no_port_of_name,
    "port-not-declared": _port_not_declared,
    "selects-several": _selects_several,
    "port-without-name": _port_without_name,
    "no-such-pod-yet": lambda parts: ngettext(
        "StatefulSet {name} creates {n} Pod, and none has the name {pod}.",
        "StatefulSet {name} creates {n} Pods, and none has the name {pod}.",
        parts["replicas"],
        name=parts["name"],
        pod=parts["pod"],
    ),
    "endpoints-port-name": _endpoints_port_name,
    "external-name-is-an-address": _("{name} is an IP address and not a DNS name."),
    "external-name-maps-no-ports": _("A Service of type ExternalName sends nothing to port {port}."),
    "no-such-key": _('{kind} {name} has no key "{key}". Its keys are {keys}.'),
    "no-such-object-here": _('These manifests have no {kind} "{name}". They have {names}.'),
    "selects-no-pods-here": _("No Pod in these manifests has the labels {selector}."),
    "selects-pods-elsewhere": _(
        "No Pod in namespace {namespace} has the labels {selector}. {kind} {name} in namespace {home} has them."
    ),
    "object-in-other-namespace": _(
        'These manifests have no {kind} "{name}" in namespace {namespace}, but one in namespace {others}.'
    ),
    "no-api-group": _('There is no API group "{group}". The core group has the name "".'),
    "resource-of-other-group": _(
        "There are no {resource} in the API group {groups}. They are in the group {group}."
    ),
    "budget-allows-none": lambda parts: ngettext(
        "The budget never allows an eviction, because {field} is {value} and it protects {n} Pod.",
        "The budget never allows an eviction, because {field} is {value} and it protects {n} Pods.",
        parts["replicas"],
        field=parts["field"],
        value=parts["value"],
    ),
    "policy-port-of-service": _(
        "Port {port} is the port of Service {service}, but its Pods are reached at port {right}."
    ),
    "policy-port-not-declared": _("The policy opens port {port}, but the Pods declare {numbers}."),
    "namespace-label-name": _("A namespace has no label name unless you set it."),
    "egress-without-dns": _("The Pods of this policy may not send packets to the DNS server."),
    "monitors-none": _monitors_none,
    "monitors-no-port": _('The selected objects have no port "{port}". The named ports are {names}.'),
    "no-governing-service": _('These manifests have no Service "{name}" for StatefulSet {set}.'),
    "governing-service-selects-others": _("Service {name} does not select the Pods of StatefulSet {set}."),
    "scales-without-requests": _scales_without_requests,
    "pods-refused": _pods_refused,
    "pods-refused-in-part": _pods_refused_in_part,
    "no-such-object": _('These manifests have no {kind} "{name}", but they have "{near}".'),
    "no-such-service": _('These manifests have no Service "{name}". They have {names}.'),
    "no-port-of-service": _("Service {name} has no port {port}. It has {numbers}."),
    "rivals": _("This controller selects the same Pods as {kind} {name}."),
    "headless-port": _(
        "This Service is headless, so it does not translate port {port} to port {target} of its Pods."
    ),
    "url-port-differs": _(
        "The Service opens port {given} on every Node, but the URL {url} asks for port {port}."
    ),
    "node-port-not-known": _(
        "The cluster chooses the node port of this Service, but the URL asks for port {port}."
    ),
    "only-on-cluster-ip": _("Port {port} is open only on the Cluster IP of this Service."),
    "url-port-unopened": _("No Service in these manifests opens port {port} of the URL."),
    "namespace-elsewhere": _("These manifests do not create the namespace {namespace}."),
    "namespace-too-late": _("The namespace {namespace} comes after objects that need it."),
}

# ---- why it matters

WHY: dict[str, _Sentence] = {
    # characters
    "odd-character": _(
        "It looks like the plain character, but YAML takes it for a letter. Copied text often has such characters."
    ),
    "tab": _("YAML allows only spaces in the indentation, because a tab has no fixed width."),
    "dash-without-blank": _(
        "Without the space, YAML reads a field with the name -{key} and not a list item."
    ),
    "template": _(
        "kubectl does not fill in templates. Helm, or another tool for templates, does that first."
    ),
    "copied-prefix": _("Line numbers and the signs of a diff or a mail are not part of a manifest."),
    # what YAML cannot read
    "not-yaml": _("YAML cannot be read beyond this place. The line was left out to examine the rest."),
    "not-yaml-from-here": _("The rest was not examined."),
    "comma-missing": _("Inside braces and brackets, commas separate the fields."),
    "no-part-of-it": _(
        "It has no colon after its first word, so it reads like a command or a sentence. A comment begins with #."
    ),
    "block-text": _("Otherwise the text ends where it begins, and YAML reads its lines as fields."),
    "colon-without-blank": _COLON_SPACE,
    "colon-missing": _("A field consists of its name, a colon and its value."),
    "no-separator": _("Three dashes at the left edge separate documents."),
    "separator-indented": _("Anywhere else, three dashes do not separate documents."),
    "comment-sign": _("YAML has no other sign for a comment."),
    "line-ends-in-comma": _(
        "In YAML, the end of a line separates fields. Commas are for JSON, or for what is in brackets."
    ),
    "line-ends-in-semicolon": _("In YAML, the end of a line separates fields, without any sign."),
    "backslash": _(
        "In double quotes, a backslash begins an escape such as \\n. Single quotes keep a backslash as it is."
    ),
    "text-after-quote": _(
        "Text after the closing quote belongs to no value. The quotes must go around the whole value."
    ),
    "sign-unquoted": _QUOTES,
    "colon-unquoted": _QUOTES,
    "closing-quote": _(
        "Without it, everything up to the next quote belongs to this value, lines below included."
    ),
    "opening-quote": _("Quotes come in pairs."),
    "closing-bracket": _(
        "Every bracket must be closed. Otherwise YAML looks for its end in the lines below."
    ),
    "indentation": _(
        "The indentation tells YAML which fields belong together. The fields of one object begin in one column."
    ),
    "dash-missing": _("The lines beside it are list items."),
    # keys and documents
    "doubled-key": _LOST,
    "doubled-equally": _LOST,
    "second-object": _(
        "A line with three dashes separates objects. Without it, this is one object that has everything twice."
    ),
    "no-meaning": _("It has no meaning in a manifest."),
    "no-text": _("A manifest is text."),
    "no-manifest": _NO_MANIFEST,
    "no-manifest-but-a-list": _NO_MANIFEST,
    "empty-beside": _("kubectl skips an empty file among others."),
    "placeholder": _("kubectl does not fill in {word}. A program such as envsubst does that first."),
    "passed-over": _(
        "A file without apiVersion and kind may lie beside manifests, but it is not one of them."
    ),
    "kustomization": _("It says how manifests are built. kubectl apply -k builds and sends them."),
    "json-patch": _("kubectl patch and kustomize apply it to an object. It describes no object itself."),
    "chart": _("Helm builds manifests from a chart. This file names the chart."),
    "no-object": _("A program reads this file. The API server of a cluster has no such objects."),
    "not-examined": _("This is a defect of k8snotes. It has examined the other documents."),
    "too-large-to-apply": _(
        "kubectl apply keeps a copy of the whole manifest in an annotation, and the size of annotations is limited. "
        "kubectl create and kubectl apply --server-side keep no copy, so they work."
    ),
    "fields-not-known": _(
        "A cluster has this kind only if its CustomResourceDefinition is installed, and the definition is not in this "
        "source. So only the metadata was checked."
    ),
    "rules-not-known": _("The API server may still refuse this object."),
    # kinds
    "not-a-manifest": _NEEDS_KIND,
    "needs-kind": _NEEDS_KIND,
    "docker-compose": _("It looks like a file for Docker Compose, which Kubernetes does not read."),
    "kind-in-group": _(
        "Every kind belongs to an API group, and apiVersion names that group and its version."
    ),
    "kind-misspelt": _(
        "A kind is written in the singular and with capital letters. Short names and plurals are for kubectl's commands."
    ),
    "exchanged": _(
        "The two values have changed places. apiVersion names the API group and its version, kind names the kind."
    ),
    "version-removed": _("Kubernetes v{release} has removed this apiVersion."),
    "kind-gone": _(
        "Kubernetes v{release} has removed this apiVersion and the kind. "
        "Pod Security admission takes its place, with labels on the namespace."
    ),
    "kind-unknown": _("A cluster accepts only the kinds that it knows. kubectl api-resources lists them."),
    "kind-not-served": _KNOWN_KINDS,
    "runs-in-pods": _(
        "Programs run in Pods. Write a Pod, or an object that creates Pods: "
        "a Deployment, a ReplicationController or a Job."
    ),
    # unknown fields
    "misspelt": _("The name of a field must be exact, capital letters included."),
    "belongs-elsewhere": _belongs,
    "belongs-elsewhere-where-one-is": _belongs_where_one_is,
    "other-name": _("Kubernetes calls this field {right}."),
    "name-of-your-own": _("Names of your own choice belong under labels or annotations."),
    "may-stand-here": _("These fields are allowed here: {names}."),
    "some-may-stand-here": _("These fields and some others are allowed here: {names}."),
    "container-ports-are-a-list": _(
        "A container may have several ports. They are a list, and each item has a containerPort."
    ),
    "labels-under-match-labels": _(
        "The selector of a Deployment, a ReplicaSet or a Job has its labels under matchLabels. "
        "The selector of a Service does not."
    ),
    "labels-themselves": _("The selector of a Service holds the labels directly."),
    "amounts-have-a-place": _(
        "Amounts belong under requests (what is reserved for the container) or under limits (the most that it may use)."
    ),
    "variables-have-names": _("env is a list. Each item has a name and a value."),
    "backend-under-service": _(
        "In networking.k8s.io/v1, the name and the port of the Service belong under service."
    ),
    "backend-is-default-backend": _("In networking.k8s.io/v1, this field is called defaultBackend."),
    "reads-like-a-sentence": _("It reads like a sentence about the manifest. A comment begins with #."),
    "service-counts-none": _(
        "A Service creates no Pods, so it has no number of replicas. A Deployment has one."
    ),
    "service-makes-none": _("A Service creates no Pods. It finds Pods that other objects have created."),
    "service-runs-nothing": _("A Service runs no containers. A Pod runs them."),
    "service-opens-node-ports": _("A container opens no node ports. A Service opens them."),
    "service-has-target-ports": _("targetPort is a field of a Service. A container has a containerPort."),
    "pod-is-one": _("The manifest of a Pod creates one Pod. A Deployment creates several equal Pods."),
    "pod-is-no-template": _("A Pod has no template. A Deployment creates Pods from a template."),
    "pod-selects-none": _("A Pod selects no Pods. A Service or a Deployment does."),
    # wrong types
    "is-a-list": _("{name} is a list, because there may be several items. Each item begins with a dash."),
    "is-a-list-of-words": _(
        "{name} is a list of words. Write them in brackets, or each on its own line after a dash."
    ),
    "holds-fields": _HOLDS_FIELDS,
    "holds-these-fields": _(
        "This field holds fields of its own. Each has a name, a colon and a value. These are allowed: {names}."
    ),
    "nothing-published": _(
        "A manifest does not publish ports as Docker does. "
        "A container has its port, and a Service gives that port another number."
    ),
    "one-object-without-dashes": _(
        "A dash begins an item of a list. This is one object, and its fields have no dashes."
    ),
    "one-value": _("This field takes one value, and neither fields nor list items."),
    "no-match-labels": _(
        "The selector of a Service or a ReplicationController holds the labels directly, without matchLabels."
    ),
    "text-read-as-field": _("A colon with a space after it makes a field. In quotes it is text."),
    "unquoted": lambda parts: _(
        "Without quotes, YAML reads {raw} as {shape}, but the field needs text. Quotes make it text.",
        raw=parts["raw"],
        shape=_SHAPES[parts["is"]],
    ),
    "quoted-number": _("In quotes it is text, but the field needs a number."),
    "quoted-bool": _("In quotes it is text, but the field needs true or false."),
    "truth-value": _("Without quotes, YAML reads {raw} as a truth value."),
    "number-too-odd": _("The field needs a whole number of a usual size."),
    "field-takes": lambda parts: _("The field takes {wanted}.", wanted=_SHAPES[parts["wanted"]]),
    "no-time": _("A time is written like this: 2006-01-02T15:04:05Z."),
    "no-base64": _BASE64,
    "no-base64-text": _BASE64,
    "no-quantity": _(
        "A quantity is a number with a unit and without a space: 250m or 0.5 of CPU, 128Mi or 1Gi of memory."
    ),
    # refusals, by what Kubernetes calls their reason
    "refused": _("The API server does not accept it."),
    "FieldValueRequired": _("Kubernetes needs this field, but it is missing or empty."),
    "FieldValueInvalid": _("The field does not take this value."),
    "FieldValueNotSupported": _("The field takes one of a few words, spelled exactly."),
    "FieldValueDuplicate": _("It may occur only once here."),
    "FieldValueForbidden": _("It does not fit together with other fields of this manifest."),
    "FieldValueNotFound": _("It refers to something that this object does not have."),
    "FieldValueTooLong": _("Kubernetes limits its length."),
    "FieldValueTooMany": _("Kubernetes limits the number of items."),
    # refusals, by the rule that was broken
    "service-needs-a-port": _("A Service that has an address needs at least one port on which it answers."),
    "ports-have-names": _(
        "If there are several ports, each needs a name by which other objects refer to it."
    ),
    "port-number": _("Port numbers go from 1 to 65535."),
    "port-names-have-letters": _("In quotes it is the name of a port, and such a name must have a letter."),
    "node-port-range": _(
        "Node ports have a range of their own, apart from the ports of the Nodes' programs. "
        "Without this line, the cluster chooses a port."
    ),
    "node-port-type": _("Only a Service of type NodePort or LoadBalancer opens a port on the Nodes."),
    "node-port-taken": _(
        "A node port is open on every Node, so it can belong to one Service only. This node port is taken."
    ),
    "node-port-taken-by": _(
        "A node port is open on every Node, so it can belong to one Service only. Service {holder} has this node port."
    ),
    "cluster-ip-taken": _(
        "An address can belong to one Service only. Without this line, the cluster chooses an address."
    ),
    "cluster-ip-range": _OWN_RANGE,
    "selector-is-not-guessed": _(
        "The controller finds its Pods by this selector alone. It does not guess the selector from the template."
    ),
    "selector-comes-first": _(
        "There is no selector yet. A selector with these labels mends this error, too."
    ),
    "template-labels": _(
        "The controller would not find its own Pods by its selector, so it would create new Pods without end."
    ),
    "path-type": _(
        "Prefix matches the path and everything below it. Exact matches only the path itself. With "
        "ImplementationSpecific, the ingress controller decides."
    ),
    "path-type-of-before": _(
        "Before networking.k8s.io/v1, a path without pathType was ImplementationSpecific: the ingress controller decides."
    ),
    "schedule-fields": _(
        "A schedule has five fields: minute, hour, day of the month, month, day of the week (0 is Sunday). The time zone "
        "belongs in timeZone."
    ),
    "time-zone": _("A time zone has a name of the IANA list, such as Europe/Berlin."),
    "most-and-least": _("The autoscaler keeps the number of Pods between minReplicas and maxReplicas."),
    "access-modes": _(
        "A claim says how its volume is mounted. With ReadWriteOnce, the Pods of one Node can mount the volume."
    ),
    "claim-size": _("A claim has to say how much storage it needs."),
    "template-is-copied": _("The template is the Pod that the controller copies."),
    "pod-needs-containers": _("A Pod needs at least one container."),
    "image-is-what-runs": _("The image holds the program that the container runs."),
    "containers-have-names": _("Each container of a Pod needs a name of its own."),
    "objects-have-names": _("Kubernetes finds an object by its kind, its namespace and its name."),
    "name-is-a-dns-name": _(
        "The name becomes part of DNS names, so it has only their characters: a-z, 0-9 and the dash."
    ),
    "mounts-are-of-volumes": _VOLUMES,
    "mounts-are-of-these-volumes": _VOLUMES,
    "work-that-ends": _(
        "A Job must say what follows if its work fails. "
        "OnFailure starts the container again, and Never lets the Job create a new Pod."
    ),
    "restart-policy-of-the-pod": _(
        "The restartPolicy of a Pod belongs beside containers. Here it is one level too deep, in a container."
    ),
    "work-without-end": _(
        "A controller that replaces its Pods needs Pods that always run. Use a Job for work that ends."
    ),
    "labels-are-short-words": _(
        "Labels are short words of letters, digits, dashes, underscores and dots, 63 characters at most."
    ),
    "limits-and-requests": _(
        "A request is reserved for the container, and a limit is the most that it may use. "
        "So no request is larger than its limit."
    ),
    "resources-of-containers": _(
        "A container can ask for cpu, memory or ephemeral-storage. "
        "Any other resource has a domain in its name, such as example.com/gpu."
    ),
    "external-name-is-a-dns-name": _(
        "It is a DNS name, without https:// before it and without a path after it."
    ),
    "dash-too-many": _("Every dash begins a new item. The field that is missing here is in the item above."),
    "same-name": _(
        "A document before this one has the same kind and name. "
        "Kubernetes tells objects apart by kind, namespace and name."
    ),
    "quota": _("A ResourceQuota limits what all objects of a namespace may ask for together."),
    "forbidden": _("A rule of the namespace or of the cluster forbids it."),
    "resource-version": _("The cluster numbers the versions of its objects. A new object has no number yet."),
    # warnings of the API server
    "api-warning": _("The API server accepts it, but warns that it may not do what you expect."),
    "one-network": _(
        "The containers of a Pod share one network. The second program that opens the port gets an error."
    ),
    "variable-twice": _("A container has one value for each variable, and the last one counts."),
    "dual-stack": _("The address families depend on the cluster. A cluster with two families accepts it."),
    "variant": _(
        "A cluster tells objects apart by kind, namespace and name. A folder may hold variants of one object."
    ),
    "fractional-bytes": _(
        "The unit m is a thousandth, so this amount of memory is a fraction of one byte. Mi is a mebibyte."
    ),
    # oddities of one object
    "joined-lines": _(
        "Without a sign after the colon, YAML puts a space in the place of each line break. The sign | keeps them."
    ),
    "odd-key": _("Without quotes, YAML reads it as a truth value. In quotes it is a name."),
    "image-name": _(
        "The kubelet could not read this name (InvalidImageName). "
        "It needs NAME:TAG with NAME in small letters, and may have a registry before it."
    ),
    "image-in-typographic-quotes": _(
        "YAML takes typographic quotes for letters, so they are part of the name of the image."
    ),
    "much-memory": _(
        "The scheduler binds a Pod only to a Node that has all of its requests left. Check the unit."
    ),
    "shell-without-command": _("The shell ends with an error, and the container restarts again and again."),
    "restart-policy-of-container": _(
        "Only some clusters accept it for a container that is no init container. "
        "For all containers, write it beside containers."
    ),
    "all-pods-may-stop": _("Then the Deployment may stop every old Pod before a new one is ready."),
    "many-cores": _(
        "CPU is counted in cores, and no Node has {word} of them. The unit m is a thousandth of a core."
    ),
    "cpu-in-bytes": _("CPU is counted in cores, but this is a unit of memory."),
    "few-bytes": _("Memory without a unit is counted in bytes. No program fits into so few bytes."),
    "probe-port-name": _(
        "A probe that cannot find its port fails. "
        "Then the Pod never becomes ready, or its container restarts again and again."
    ),
    "probe-port-number": _(
        "If no program listens on that port, the probe fails and the Pod never becomes ready."
    ),
    "octal-port": _("In YAML, a number that begins with 0 is octal."),
    "no-selector": _(
        "A Service without a selector finds no Pods. You must then write its endpoints yourself."
    ),
    # between objects
    "selects-in-its-namespace": _selects_elsewhere,
    "selector-compares": _nearest,
    "selector-misspelt": _nearest_misspelt,
    "no-pods-here": _("No Pod in these manifests has these labels. The Pods may be in another file."),
    "port-name-protocol": _("Both the name and the protocol must fit."),
    "port-number-protocol": _(
        "To declare a port opens nothing, and to leave it out closes nothing. "
        "But one of the two protocols is probably wrong."
    ),
    "port-not-declared": _DECLARING,
    "no-port-of-name": _(
        "The Service looks for the name in each Pod. A Pod without a port of that name gets no traffic."
    ),
    "operators-pods": _(
        "These manifests have {kind} {name}, which is a custom resource. Its operator may create the Pods."
    ),
    "selects-several": _(
        "Each connection goes to one of all selected Pods. Where no program listens on the port, it is refused. "
        "One more label in the selector leaves these Pods out."
    ),
    "port-without-name": _("A Service that sends traffic to a named port looks for the name in each Pod."),
    "no-such-pod-yet": _("The Service has no endpoint until the StatefulSet has more replicas."),
    "endpoints-port-name": _(
        "The port of the Service and the port of its endpoints belong together if they have the same name."
    ),
    "external-name-is-an-address": _(
        "The DNS server answers with this name, and a client cannot look it up. "
        "Use a Service without a selector and an EndpointSlice with the address."
    ),
    "external-name-maps-no-ports": _(
        "It only gives a DNS name another name. The client connects to the port that it asks for."
    ),
    "no-such-key": _("Without this key, the container does not start, or its file is missing."),
    "may-be-elsewhere": _(
        "It may be in another file or in the cluster. If it is missing there too, nothing uses this object."
    ),
    "nothing-to-scale": _("The autoscaler finds nothing to scale. Only an Event and a condition say so."),
    "subject-in-other-namespace": _(
        "A ServiceAccount belongs to a namespace. The binding gives its rights to another account, or to none."
    ),
    "names-own-namespace": _("A name is looked up in the namespace of the object that says it."),
    "no-api-group": _(
        "The API server accepts the rule, and it allows nothing. Pods and Services are in the core group."
    ),
    "resource-of-other-group": _(
        "The API server accepts the rule, and it allows nothing: a request for them names their own group."
    ),
    "binding-gives-no-rights": _(
        "The API server accepts such a binding, but it gives no rights to anything."
    ),
    "no-certificate": _("Without this Secret, the Ingress has no certificate for its hosts."),
    "claim-not-bound": _("The claim waits until a PersistentVolume of this name exists."),
    "budget-protects-none": _("A budget protects only the Pods that its selector finds."),
    "budget-allows-none": _(
        "kubectl drain waits until the budget allows an eviction. Here that never happens, so the Node is never drained."
    ),
    "policy-isolates-none": _("The policy applies only to the Pods that its podSelector finds."),
    "policy-peers-none": _("This rule allows traffic only from or to the Pods that its podSelector finds."),
    "policy-port-of-service": _(
        "kube-proxy has already replaced the port of the Service when a policy is checked. "
        "A policy names the port of the Pod."
    ),
    "policy-port-not-declared": _(
        "A policy names the port of the Pod. To declare a port opens nothing, so the Pods may listen on it nevertheless."
    ),
    "namespace-label-name": _(
        "Every namespace has the label kubernetes.io/metadata.name with its name as the value."
    ),
    "egress-without-dns": _(
        "A policy for egress closes what it does not name. "
        "Without port 53 (UDP and TCP), the Pods cannot look up the names of Services."
    ),
    "monitors-none": _(
        "Without a match, Prometheus gets no targets from this monitor. They may be in another file."
    ),
    "monitors-no-port": _("Prometheus looks for the port by its name."),
    "no-governing-service": _(
        "This Service gives each Pod its own DNS name, such as {set}-0.{name}. Without it, these names do not exist."
    ),
    "governing-service-selects-others": _(
        "Only the Pods that this Service selects get DNS names, such as {set}-0.{name}."
    ),
    "scales-without-requests": _(
        "The utilization is a share of what the containers request. Without requests, the autoscaler cannot compute it "
        "and never scales."
    ),
    "quota-needs-amounts": _(
        "A ResourceQuota of the namespace limits this amount, so each container must say it. "
        "Only an Event says that no Pod is created."
    ),
    "limit-range": _(
        "A LimitRange of the namespace sets the limits for each Pod or container. Only an Event says so."
    ),
    "no-such-object": _("Without this object, the Pod does not start."),
    "no-such-service": _("The Ingress sends requests to a Service that is missing, so they get no answer."),
    "no-port-of-service": _(
        "An Ingress names a port of the Service itself, and neither its targetPort nor a containerPort."
    ),
    "rivals": _(
        "Each controller counts only its own Pods, but both claim the Pods that have no owner. "
        "Give each controller a label of its own."
    ),
    "headless-port": _(
        "DNS answers with the addresses of the Pods, so a client reaches the port that it calls: it must call {target}."
    ),
    "url-port-differs": _(
        "Nothing answers on port {port}. The port in the URL and the nodePort must be the same."
    ),
    "node-port-not-known": _("Without nodePort, you do not know the number before the Service is created."),
    "only-on-cluster-ip": _(
        "From outside of the cluster, you can reach only a Service of type NodePort or LoadBalancer."
    ),
    "url-port-unopened": _("Nothing answers on this port."),
    "namespace-elsewhere": _(
        "The namespace must exist first. A cluster refuses objects in a namespace that it does not have."
    ),
    "namespace-too-late": _(
        "kubectl sends the documents in their order. The cluster refuses what comes before its namespace."
    ),
}

# ---- what to do, where that is no YAML

FIX: dict[str, _Sentence] = {
    "too-large-to-apply": _("Use kubectl apply --server-side -f FILE."),
    "template": _("Run helm template CHART > manifests.yaml, and examine manifests.yaml."),
    "placeholder": _("Run envsubst < FILE > manifests.yaml, and examine manifests.yaml."),
    "doubled-equally": _("Write {key} once."),
    "no-manifest-but-a-list": _("Write --- between the objects, and no dash before them."),
    "docker-compose": _("Run kompose convert, which writes manifests."),
    "no-base64-text": _("Write the value in quotes under stringData."),
    "node-port-taken": _OTHER_NODE_PORT,
    "node-port-taken-by": _OTHER_NODE_PORT,
    "mounts-are-of-these-volumes": _("Choose one of the Pod's volumes: {names}."),
    "url-port-differs": _("Use the URL {right_url}, or write nodePort: {port}."),
    "FieldValueNotSupported": _one_of,
    # said by the room that has found it
    "not-yaml": _hint,
    "doubled-key": _hint,
    "no-meaning": _hint,
    "no-text": _hint,
    "no-quantity": _hint,
}
