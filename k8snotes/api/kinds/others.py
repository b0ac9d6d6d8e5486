"""Kinds of which only names are needed here: they have no traits and no view of their own."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KINDS = (
    Kind("Binding", "bindings"),
    Kind(
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        "admissionregistration.k8s.io",
        namespaced=False,
        removed=(("admissionregistration.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "admissionregistration.k8s.io",
        namespaced=False,
    ),
    Kind(
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "admissionregistration.k8s.io",
        namespaced=False,
    ),
    Kind(
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        "admissionregistration.k8s.io",
        namespaced=False,
        removed=(("admissionregistration.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "apiextensions.k8s.io",
        namespaced=False,
        short=("crd", "crds"),
        removed=(("apiextensions.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "APIService",
        "apiservices",
        "apiregistration.k8s.io",
        namespaced=False,
        removed=(("apiregistration.k8s.io/v1beta1", "1.22"),),
    ),
    Kind("ControllerRevision", "controllerrevisions", "apps"),
    Kind("SelfSubjectReview", "selfsubjectreviews", "authentication.k8s.io", namespaced=False),
    Kind("TokenReview", "tokenreviews", "authentication.k8s.io", namespaced=False),
    Kind("LocalSubjectAccessReview", "localsubjectaccessreviews", "authorization.k8s.io"),
    Kind("SelfSubjectAccessReview", "selfsubjectaccessreviews", "authorization.k8s.io", namespaced=False),
    Kind("SelfSubjectRulesReview", "selfsubjectrulesreviews", "authorization.k8s.io", namespaced=False),
    Kind("SubjectAccessReview", "subjectaccessreviews", "authorization.k8s.io", namespaced=False),
    Kind(
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "certificates.k8s.io",
        namespaced=False,
        short=("csr",),
        removed=(("certificates.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "Lease",
        "leases",
        "coordination.k8s.io",
        removed=(("coordination.k8s.io/v1beta1", "1.22"),),
        only_reports=True,
    ),
    Kind("FlowSchema", "flowschemas", "flowcontrol.apiserver.k8s.io", namespaced=False),
    Kind(
        "PriorityLevelConfiguration",
        "prioritylevelconfigurations",
        "flowcontrol.apiserver.k8s.io",
        namespaced=False,
    ),
    Kind("IPAddress", "ipaddresses", "networking.k8s.io", namespaced=False, short=("ip",)),
    Kind("ServiceCIDR", "servicecidrs", "networking.k8s.io", namespaced=False),
    Kind(
        "RuntimeClass",
        "runtimeclasses",
        "node.k8s.io",
        namespaced=False,
        removed=(("node.k8s.io/v1beta1", "1.25"),),
    ),
    Kind(
        "ClusterRoleBinding",
        "clusterrolebindings",
        "rbac.authorization.k8s.io",
        namespaced=False,
        removed=(
            ("rbac.authorization.k8s.io/v1alpha1", "1.22"),
            ("rbac.authorization.k8s.io/v1beta1", "1.22"),
        ),
    ),
    Kind(
        "ClusterRole",
        "clusterroles",
        "rbac.authorization.k8s.io",
        namespaced=False,
        removed=(
            ("rbac.authorization.k8s.io/v1alpha1", "1.22"),
            ("rbac.authorization.k8s.io/v1beta1", "1.22"),
        ),
    ),
    Kind(
        "RoleBinding",
        "rolebindings",
        "rbac.authorization.k8s.io",
        removed=(
            ("rbac.authorization.k8s.io/v1alpha1", "1.22"),
            ("rbac.authorization.k8s.io/v1beta1", "1.22"),
        ),
    ),
    Kind(
        "Role",
        "roles",
        "rbac.authorization.k8s.io",
        removed=(
            ("rbac.authorization.k8s.io/v1alpha1", "1.22"),
            ("rbac.authorization.k8s.io/v1beta1", "1.22"),
        ),
    ),
    Kind("DeviceClass", "deviceclasses", "resource.k8s.io", namespaced=False),
    Kind("ResourceClaim", "resourceclaims", "resource.k8s.io"),
    Kind("ResourceClaimTemplate", "resourceclaimtemplates", "resource.k8s.io"),
    Kind("ResourceSlice", "resourceslices", "resource.k8s.io", namespaced=False),
    Kind(
        "CSIDriver",
        "csidrivers",
        "storage.k8s.io",
        namespaced=False,
        removed=(("storage.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "CSINode",
        "csinodes",
        "storage.k8s.io",
        namespaced=False,
        removed=(("storage.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "CSIStorageCapacity",
        "csistoragecapacities",
        "storage.k8s.io",
        removed=(("storage.k8s.io/v1beta1", "1.27"),),
    ),
    Kind(
        "StorageClass",
        "storageclasses",
        "storage.k8s.io",
        namespaced=False,
        short=("sc",),
        removed=(("storage.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "VolumeAttachment",
        "volumeattachments",
        "storage.k8s.io",
        namespaced=False,
        removed=(("storage.k8s.io/v1beta1", "1.22"),),
    ),
    Kind(
        "VolumeAttributesClass", "volumeattributesclasses", "storage.k8s.io", namespaced=False, short=("vac",)
    ),
    Kind("Event", "events", "events.k8s.io", removed=(("events.k8s.io/v1beta1", "1.25"),), only_reports=True),
)
