"""What may be a label key, a label value, a DNS name or a port name, in Kubernetes' own words."""

from __future__ import annotations

import re

__all__ = [
    "MADE_UP_KEYS",
    "dns1035_label",
    "dns1123_label",
    "dns1123_subdomain",
    "environment_name",
    "label_key",
    "label_key_fault",
    "label_value",
    "label_value_fault",
    "port_name",
    "underscored_subdomain",
    "wildcard_subdomain",
]

MADE_UP_KEYS = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
"""Keys of the labels that controllers put on their Pods: if there is little space, they come last."""

_KEY_FMT = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_KEY_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)
_VALUE_FMT = f"({_KEY_FMT})?"
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)
_DNS1123_FMT = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS1123_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_FMT = _DNS1123_FMT + r"(\." + _DNS1123_FMT + ")*"
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_DNS1035_FMT = "[a-z]([-a-z0-9]*[a-z0-9])?"
_DNS1035_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
    "start with an alphabetic character, and end with an alphanumeric character"
)

# The formats above are what Kubernetes prints; these say the same and never look back, so that a
# name of any length is judged at once.
_KEY = re.compile(r"[A-Za-z0-9](?:[-_.]*+[A-Za-z0-9]++)*+")
_DNS1123 = re.compile(r"[a-z0-9]++(?:-++[a-z0-9]++)*+")
_SUBDOMAIN = re.compile(r"[a-z0-9]++(?:-++[a-z0-9]++)*+(?:\.[a-z0-9]++(?:-++[a-z0-9]++)*+)*+")
_UNDERSCORED = re.compile(r"_?[a-z0-9]++(?:[-_]++[a-z0-9]++)*+(?:\._?[a-z0-9]++(?:[-_]++[a-z0-9]++)*+)*+")
_PORT_CHARACTERS = re.compile(r"[-a-z0-9]+")
_LETTER = re.compile(r"[a-z]")
_ENVIRONMENT = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*", re.ASCII)


def _size(value: str) -> int:
    # Kubernetes counts bytes, also where its message says characters
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))


def _shape(rule: str, fmt: str, *examples: str) -> str:
    eg = "e.g. " + " or ".join(f"'{example}', " for example in examples).rstrip(", ")
    return f"{rule} ({eg}, regex used for validation is '{fmt}')"


_KEY_SHAPE = _shape(_KEY_RULE, _KEY_FMT, "MyName", "my.name", "123-abc")
_VALUE_SHAPE = _shape(_VALUE_RULE, _VALUE_FMT, "MyValue", "my_value", "12345")
_UNDERSCORED_FMT = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*"
_UNDERSCORED_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_UNDERSCORED_SHAPE = _shape(_UNDERSCORED_RULE, _UNDERSCORED_FMT, "example.com")
_WILDCARD_FMT = r"\*\." + _SUBDOMAIN_FMT
_WILDCARD_RULE = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
)
_WILDCARD_SHAPE = _shape(_WILDCARD_RULE, _WILDCARD_FMT, "*.example.com")
_DNS1123_SHAPE = _shape(_DNS1123_RULE, _DNS1123_FMT, "my-name", "123-abc")
_SUBDOMAIN_SHAPE = _shape(_SUBDOMAIN_RULE, _SUBDOMAIN_FMT, "example.com")
_DNS1035_SHAPE = _shape(_DNS1035_RULE, _DNS1035_FMT, "my-name", "abc-123")


def label_key(value: str) -> list[str]:
    """Return what is wrong with `value` as the key of a label: a name, or prefix/name.

    The name has at most 63 bytes, the prefix is a DNS subdomain. The list is empty if the key is valid.
    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/

    >>> label_key("app.kubernetes.io/name")
    []
    >>> label_key("/name")
    ['prefix part must be non-empty']
    """
    prefix, slash, name = value.partition("/")
    errors = []
    if not slash:
        name = prefix
    elif "/" in name:
        return [
            f"a valid label key {_KEY_SHAPE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    elif not prefix:
        errors.append("prefix part must be non-empty")
    else:
        if _size(prefix) > 253:
            errors.append("prefix part must be no more than 253 bytes")
        if not _SUBDOMAIN.fullmatch(prefix):
            errors.append(f"prefix part {_SUBDOMAIN_SHAPE}")
    if not name:
        errors.append("name part must be non-empty")
    elif _size(name) > 63:
        errors.append("name part must be no more than 63 bytes")
    if not _KEY.fullmatch(name):
        errors.append(f"name part {_KEY_SHAPE}")
    return errors


def label_key_fault(value: str) -> str:
    """Return which part of a bad label key is wrong: "slash" (more than one), "name" or "prefix"; "" if it is good.

    >>> label_key_fault("app.io/web-"), label_key_fault("App.io/web"), label_key_fault("a/b/c"), label_key_fault("app")
    ('name', 'prefix', 'slash', '')
    """
    if value.count("/") > 1:
        return "slash"
    name = value.rpartition("/")[2]
    if _size(name) > 63 or not _KEY.fullmatch(name):
        return "name"
    return "prefix" if label_key(value) else ""


def label_value(value: str) -> list[str]:
    """Return what is wrong with `value` as the value of a label: empty, or at most 63 bytes of a name.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/

    >>> label_value(""), label_value("v1.10_rc-2")
    ([], [])
    >>> label_value("v" * 64)
    ['must be no more than 63 bytes']
    """
    errors = []
    if _size(value) > 63:
        errors.append("must be no more than 63 bytes")
    if value and not _KEY.fullmatch(value):
        errors.append(_VALUE_SHAPE)
    return errors


def label_value_fault(value: str) -> str:
    """Return what is wrong with a bad label value: "shape" (its characters) or "length"; "" if it is good.

    >>> label_value_fault("a b"), label_value_fault("v" * 64), label_value_fault("v1")
    ('shape', 'length', '')
    """
    if value and not _KEY.fullmatch(value):
        return "shape"
    return "length" if _size(value) > 63 else ""


def dns1123_label(value: str) -> list[str]:
    """Return what is wrong with `value` as an RFC 1123 label, such as the name of a Namespace.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

    >>> dns1123_label("my-web")
    []
    >>> dns1123_label("my.web")
    ['must not contain dots']
    """
    errors = []
    if _size(value) > 63:
        errors.append("must be no more than 63 characters")
    if not _DNS1123.fullmatch(value):
        errors.append("must not contain dots" if _SUBDOMAIN.fullmatch(value) else _DNS1123_SHAPE)
    return errors


def dns1123_subdomain(value: str) -> list[str]:
    """Return what is wrong with `value` as an RFC 1123 subdomain, such as the name of a Pod.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

    >>> dns1123_subdomain("my.web")
    []
    """
    errors = []
    if _size(value) > 253:
        errors.append("must be no more than 253 characters")
    if not _SUBDOMAIN.fullmatch(value):
        errors.append(_SUBDOMAIN_SHAPE)
    return errors


def wildcard_subdomain(value: str) -> list[str]:
    """Return what is wrong with `value` as a name such as `*.example.com`, which means every host there.

    Source of the rule: `IsWildcardDNS1123Subdomain` in k8s.io/apimachinery/pkg/util/validation

    >>> wildcard_subdomain("*.example.com")
    []
    >>> len(wildcard_subdomain("*example.com"))
    1
    """
    errors = []
    if _size(value) > 253:
        errors.append("must be no more than 253 characters")
    if not (value.startswith("*.") and _SUBDOMAIN.fullmatch(value[2:])):
        errors.append(_WILDCARD_SHAPE)
    return errors


def underscored_subdomain(value: str) -> list[str]:
    """Return what is wrong with `value` as a domain in which names are looked up: `_` is allowed in it.

    Source of the rule: `IsDNS1123SubdomainWithUnderscore` in k8s.io/apimachinery/pkg/util/validation

    >>> underscored_subdomain("_tcp.example.com")
    []
    """
    errors = []
    if _size(value) > 253:
        errors.append("must be no more than 253 characters")
    if not _UNDERSCORED.fullmatch(value):
        errors.append(_UNDERSCORED_SHAPE)
    return errors


def dns1035_label(value: str) -> list[str]:
    """Return what is wrong with `value` as an RFC 1035 label, which begins with a letter.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

    >>> dns1035_label("web")
    []
    >>> len(dns1035_label("1web"))
    1
    """
    errors = []
    if _size(value) > 63:
        errors.append("must be no more than 63 characters")
    if value[:1].isdecimal() or not _DNS1123.fullmatch(value):
        errors.append(_DNS1035_SHAPE)
    return errors


def environment_name(value: str) -> list[str]:
    """Return what is wrong with the name of an environment variable, by the strict rule that kubectl has.

    The API server is less strict: it takes almost any printable text.

    Args:
        value: the name.

    Returns:
        Kubernetes' messages, empty if the name is valid.

    Source of the rule: `IsEnvVarName` of k8s.io/apimachinery/pkg/util/validation

    >>> environment_name("MODE"), environment_name("..")
    ([], ["must not be '..'"])
    """
    if not _ENVIRONMENT.fullmatch(value):
        return [
            (
                "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must "
                "not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation "
                "is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
            )
        ]
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def port_name(value: str) -> list[str]:
    """Return what is wrong with `value` as the name of a container's port (an IANA service name).

    Source of the rule: field `name` of ContainerPort, RFC 6335.

    >>> port_name("http-alt")
    []
    >>> port_name("80")
    ['must contain at least one letter (a-z)']
    """
    errors = []
    if _size(value) > 15:
        errors.append("must be no more than 15 characters")
    if not _PORT_CHARACTERS.fullmatch(value):
        errors.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not _LETTER.search(value):
        errors.append("must contain at least one letter (a-z)")
    if "--" in value:
        errors.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        errors.append("must not begin or end with a hyphen")
    return errors
