"""What the fields of manifests are for, in the words of these notes; kubectl explain prints them."""

from __future__ import annotations

__all__ = ["words_for"]


def words_for(struct: str, field: str) -> str:
    """Return what a field of a struct is for, of the struct itself where no field is named; "" if unsaid.

    >>> words_for("ServiceSpec", "selector")[:44]
    'The labels that a Pod must carry to stand be'
    """
    return _WORDS.get(struct, {}).get(field) or (_COMMON.get(field, "") if field else "")


_COMMON = {
    "apiVersion": "Which API, and which version of it, this manifest is written for: v1, apps/v1.",
    "kind": "What the object is: Pod, Service, Deployment.",
    "metadata": "Name, namespace, labels, annotations: what all objects have.",
    "spec": "What is wanted. You write it; the cluster works towards it.",
    "status": "What is. The cluster writes it; nobody else should.",
    "conditions": "Answers to yes-or-no questions about the object, each with a reason and a time.",
    "labels": "Key=value pairs by which selectors find the object.",
    "annotations": "Notes of any kind. No selector looks at them.",
    "name": "Its name, by which others refer to it.",
    "namespace": "The namespace it is in; names are unique within it.",
}
_WORDS: dict[str, dict[str, str]] = {
    "ObjectMeta": {
        "": "What all objects have: a name, a namespace, labels, annotations, owners.",
        "name": "The name, unique for its kind in its namespace. It cannot be changed.",
        "generateName": "The beginning of a name that the API server completes with five random characters.",
        "namespace": "The namespace that the object is in; default if it says nothing. It cannot be changed.",
        "labels": "Key=value pairs that you choose. Selectors find objects by them, so a changed label may take "
        "a Pod out of a Service or away from its controller.",
        "annotations": "Notes for people and programs. Unlike labels they may be long, and no selector sees them.",
        "ownerReferences": "Who made this object. When all owners are gone, the garbage collector deletes it.",
        "creationTimestamp": "When the API server stored it. AGE is counted from here.",
        "deletionTimestamp": "Set when somebody asked to delete it: it is on its way out, and shows as Terminating.",
        "uid": "Tells it from any other object that has had the same name.",
        "resourceVersion": "Changes with every write; a write on an old version is refused with a conflict.",
        "generation": "Counts the changes of spec; a controller notes in status which one it has seen.",
        "finalizers": "Names of those who must clean up before the object may go.",
    },
    "Pod": {
        "": "One or more containers that share one address and one fate: the smallest thing that Kubernetes "
        "runs. The scheduler binds it to a Node, and that Node's kubelet starts it.",
    },
    "PodSpec": {
        "": "What a Pod is to run, and where it may.",
        "containers": "The containers, at least one. They share the network, so two cannot listen on one port, "
        "and they reach each other over localhost.",
        "initContainers": "Containers that run to their end, one after the other, before the others start.",
        "nodeName": "The Node that it is bound to. The scheduler writes it; a Pod that has it already is not scheduled.",
        "nodeSelector": "Labels that a Node must carry for the Pod to be put there.",
        "affinity": "Wishes and demands about Nodes and about other Pods, finer than nodeSelector.",
        "tolerations": "Taints that do not keep it away.",
        "restartPolicy": "Whether the kubelet restarts a container that has ended: Always, OnFailure or Never. "
        "The container is restarted, not the Pod: address and Node stay.",
        "volumes": "Directories that its containers may mount.",
        "hostNetwork": "Whether it shares the Node's network: then its address is the Node's.",
        "serviceAccountName": "As whom it speaks to the API server.",
        "terminationGracePeriodSeconds": "How long its containers may take to end when it is deleted; 30 seconds "
        "if it says nothing.",
        "priorityClassName": "How important it is when there is not room for all.",
        "topologySpreadConstraints": "How evenly Pods are to be spread over Nodes or zones.",
        "schedulerName": "Which scheduler is to find a Node for it.",
        "imagePullSecrets": "Secrets that open a registry of images.",
        "hostname": "The name that it gives itself; its own name if it says nothing.",
        "subdomain": "Together with a headless Service of this name it gives the Pod a name in DNS.",
        "dnsPolicy": "Where it asks for names; ClusterFirst means the cluster's DNS.",
    },
    "PodStatus": {
        "": "How a Pod is, as its Node's kubelet sees it.",
        "phase": "Pending, Running, Succeeded, Failed or Unknown. Running does not mean ready.",
        "podIP": "Its address, from the range of its Node. It is gone with the Pod.",
        "hostIP": "The address of its Node.",
        "containerStatuses": "How each container is: waiting, running or ended, how often restarted, ready or not.",
        "qosClass": "Guaranteed, Burstable or BestEffort, by its requests and limits: who goes first when memory is short.",
        "startTime": "When the kubelet took it up.",
    },
    "PodTemplateSpec": {"": "The Pod that a workload makes, again and again: its labels and its spec."},
    "Container": {
        "": "One program of a Pod, with its image, its ports and what it may use.",
        "image": "What it runs, such as nginx:1.27. Without a tag, latest is meant.",
        "command": "What is started instead of the image's own entrypoint.",
        "args": "What the program is given.",
        "ports": "The ports that it listens on. It is a note: leaving one out closes nothing, and naming one opens nothing.",
        "env": "Environment variables.",
        "envFrom": "Environment variables from a whole ConfigMap or Secret.",
        "resources": "What it needs at least (requests), and what it may not exceed (limits).",
        "livenessProbe": "How the kubelet finds out that it hangs; then it restarts the container.",
        "readinessProbe": "How the kubelet finds out that it can serve. While it cannot, Services send it nothing.",
        "startupProbe": "How the kubelet finds out that it has started; the other probes wait for that.",
        "volumeMounts": "Which volumes of the Pod it sees, and where.",
        "imagePullPolicy": "When the image is fetched: Always, IfNotPresent or Never.",
        "workingDir": "The directory that the program starts in.",
        "securityContext": "As whom it runs, and what it may do.",
        "lifecycle": "What is to be done right after its start and right before its end.",
    },
    "ContainerPort": {
        "": "A port that a container says it listens on.",
        "containerPort": "The number of the port.",
        "name": "A name for it, which a Service may use as its targetPort.",
        "hostPort": "A port of the Node that leads to it. Two Pods of one Node cannot have the same.",
        "protocol": "TCP, UDP or SCTP; TCP if it says nothing.",
    },
    "ResourceRequirements": {
        "": "How much of the Node a container needs, and how much it may take.",
        "requests": "What the scheduler sets aside for it: only requests decide which Node has room.",
        "limits": "What it may not exceed: more CPU is not given, more memory ends the container (OOMKilled). A "
        "limit without a request is a request too.",
    },
    "Probe": {
        "": "A question that the kubelet asks a container again and again.",
        "httpGet": "Asks by HTTP; 200 to 399 is a yes.",
        "tcpSocket": "Asks whether a port accepts connections.",
        "exec": "Runs a command in the container; exit code 0 is a yes.",
        "periodSeconds": "How often it asks; every 10 seconds if it says nothing.",
        "failureThreshold": "How many noes in a row count.",
        "initialDelaySeconds": "How long it waits after the start before it asks.",
        "timeoutSeconds": "How long an answer may take.",
    },
    "Service": {
        "": "One steady name and address for a changing group of Pods. Nothing listens at its address: "
        "kube-proxy's rules on every Node send what goes there to one of the Pods.",
    },
    "ServiceSpec": {
        "": "Whom a Service stands for, and how it is reached.",
        "selector": "The labels that a Pod must carry to stand behind this Service; all of them, with just these "
        "values. Without a selector nobody is found, and the endpoints are made by hand. It is a plain map: "
        "matchLabels and expressions are not for Services. Only Pods of its own namespace are found.",
        "ports": "The ports that it has, and where each leads.",
        "type": "How far it is reached: ClusterIP within the cluster, NodePort on a port of every Node, LoadBalancer "
        "through a balancer that the cloud provides, ExternalName as another name in DNS.",
        "clusterIP": "Its virtual address. None makes it headless: DNS then answers with the Pods' own addresses.",
        "clusterIPs": "The same, one for each IP family.",
        "externalName": "The DNS name that an ExternalName Service stands for.",
        "externalTrafficPolicy": "What a Node does with traffic from outside: Cluster sends it to any Pod, Local only "
        "to Pods of its own, and keeps the client's address.",
        "internalTrafficPolicy": "The same for traffic from within the cluster.",
        "sessionAffinity": "ClientIP sends a client to the same Pod again for a while; None does not.",
        "externalIPs": "Addresses of your own that lead to it where a Node has them.",
        "loadBalancerSourceRanges": "Who may come through the load balancer.",
        "publishNotReadyAddresses": "Whether Pods that are not ready count as ready here.",
        "ipFamilies": "IPv4, IPv6, or both.",
        "ipFamilyPolicy": "Whether it has addresses of one family or of two.",
        "healthCheckNodePort": "Where a load balancer asks a Node whether it has a Pod of this Service.",
    },
    "ServicePort": {
        "": "One port of a Service.",
        "port": "The port of the Service itself, at its ClusterIP.",
        "targetPort": "The port of the Pod that it leads to: a number, or the name of a container's port. The same "
        "as port if it says nothing.",
        "nodePort": "The port of every Node that leads to it, 30000 to 32767, for types NodePort and LoadBalancer.",
        "protocol": "TCP, UDP or SCTP; TCP if it says nothing.",
        "name": "A name for it; needed where there are several.",
        "appProtocol": "What is spoken there, as a hint for others.",
    },
    "ReplicationController": {
        "": "Keeps so many Pods alive, all made from one template. A ReplicaSet under a Deployment took its place.",
    },
    "ReplicationControllerSpec": {
        "": "How many Pods there are to be, which ones count, and how a new one is made.",
        "replicas": "How many Pods there are to be; 1 if it says nothing.",
        "selector": "The labels of the Pods that count. They must be among those of the template.",
        "template": "How a new Pod is made.",
        "minReadySeconds": "How long a Pod must be ready before it counts as available.",
    },
    "ReplicaSet": {"": "Keeps so many Pods alive, all made from one template. Deployments make ReplicaSets."},
    "ReplicaSetSpec": {
        "": "How many Pods there are to be, which ones count, and how a new one is made.",
        "replicas": "How many Pods there are to be; 1 if it says nothing.",
        "selector": "Which Pods count. It cannot be changed.",
        "template": "How a new Pod is made.",
    },
    "Deployment": {
        "": "Makes ReplicaSets, and rolls from the old one to the new one when its template changes.",
    },
    "DeploymentSpec": {
        "": "How many Pods there are to be, of which template, and how a new version takes over.",
        "replicas": "How many Pods there are to be; 1 if it says nothing.",
        "selector": "Which Pods are its own. It cannot be changed, and must fit the template's labels.",
        "template": "How a new Pod is made. Any change of it begins a rollout.",
        "strategy": "How a new version takes over from the old one.",
        "revisionHistoryLimit": "How many old ReplicaSets are kept for the way back; 10 if it says nothing.",
        "paused": "Whether changes of the template begin no rollout for now.",
        "progressDeadlineSeconds": "After how long without progress a rollout counts as failed.",
        "minReadySeconds": "How long a Pod must be ready before it counts as available.",
    },
    "DeploymentStrategy": {
        "": "How a new version takes over.",
        "type": "RollingUpdate, bit by bit, or Recreate: first all old Pods go.",
        "rollingUpdate": "How many Pods a rollout may lack, and how many it may have more.",
    },
    "RollingUpdateDeployment": {
        "": "The limits of a rollout.",
        "maxSurge": "How many Pods more than wanted there may be, as a number or a share; 25% if it says nothing.",
        "maxUnavailable": "How many may be missing, as a number or a share; 25% if it says nothing.",
    },
    "StatefulSet": {"": "Pods with numbers and names that stay, and a volume of its own for each."},
    "StatefulSetSpec": {
        "": "How many Pods there are to be, how one is made, and which volumes come with it.",
        "serviceName": "The headless Service that gives each Pod its name in DNS.",
        "volumeClaimTemplates": "The claims that each Pod gets for itself, and that stay when it goes.",
        "podManagementPolicy": "Whether Pods come one after the other (OrderedReady) or at once (Parallel).",
        "replicas": "How many Pods there are to be; 1 if it says nothing.",
        "selector": "Which Pods are its own. It cannot be changed.",
        "template": "How a new Pod is made.",
    },
    "DaemonSet": {"": "One Pod on each Node that fits: for what every machine needs."},
    "Job": {"": "Pods that run to their end, until enough of them have succeeded."},
    "JobSpec": {
        "": "How many Pods are to succeed, and how many run at once.",
        "completions": "How many Pods are to succeed.",
        "parallelism": "How many run at once.",
        "backoffLimit": "How many failures are taken before the Job counts as failed; 6 if it says nothing.",
        "template": "How a Pod is made; its restartPolicy is Never or OnFailure.",
    },
    "CronJob": {"": "Makes a Job again and again, by a timetable."},
    "Node": {"": "A machine that runs Pods: with a kubelet, a kube-proxy and a container runtime."},
    "NodeSpec": {
        "": "What a Node is told.",
        "podCIDR": "The range that its Pods take their addresses from.",
        "taints": "What keeps Pods away that do not tolerate it.",
        "unschedulable": "Whether new Pods are kept away: kubectl cordon sets it.",
    },
    "NodeStatus": {
        "": "How a Node is, as its kubelet says.",
        "capacity": "What the machine has.",
        "allocatable": "What Pods may ask for of it.",
        "addresses": "Where it is reached.",
        "nodeInfo": "Versions and names of what runs on it.",
    },
    "Namespace": {"": "A room for names: within it they are unique, and selectors do not look out of it."},
    "ResourceQuota": {"": "How much a whole namespace may use, and of what."},
    "ResourceQuotaSpec": {
        "": "The limits of a namespace.",
        "hard": "The most that there may be of each: pods, requests.cpu, limits.memory, services.nodeports. What "
        "would exceed it is refused; what is there already stays.",
        "scopes": "Which Pods count.",
        "scopeSelector": "Which Pods count, by expressions.",
    },
    "ResourceQuotaStatus": {
        "": "How a quota stands.",
        "hard": "What may be used.",
        "used": "What is used now.",
    },
    "LimitRange": {"": "What each single container may ask for, and what it gets if it asks for nothing."},
    "LimitRangeItem": {
        "": "The bounds for one sort of thing.",
        "type": "What it is about: Container, Pod or PersistentVolumeClaim.",
        "default": "The limit of a container that names none.",
        "defaultRequest": "The request of a container that names none.",
        "max": "The most that one may ask for.",
        "min": "The least that one must ask for.",
        "maxLimitRequestRatio": "How many times its request a limit may be.",
    },
    "LabelSelector": {
        "": "Which objects are meant, by their labels. Everything that it says must hold.",
        "matchLabels": "Labels that must be there with just these values.",
        "matchExpressions": "Conditions: In, NotIn, Exists, DoesNotExist.",
    },
    "LabelSelectorRequirement": {
        "": "One condition of a selector.",
        "key": "The label that is asked about.",
        "operator": "In, NotIn, Exists or DoesNotExist. NotIn also holds where the label is missing.",
        "values": "The values for In and NotIn.",
    },
    "Endpoints": {"": "The addresses behind a Service, in the old form; EndpointSlices took its place."},
    "EndpointSlice": {
        "": "Up to a hundred of the addresses behind a Service, with their conditions: kube-proxy reads it.",
        "addressType": "IPv4, IPv6 or FQDN.",
        "endpoints": "The addresses, each with whether it is ready, its Pod and its Node.",
        "ports": "The ports that all of them share.",
    },
    "ConfigMap": {
        "": "Settings as key and value, for Pods to mount or to have as variables.",
        "data": "The settings, as text.",
    },
    "Secret": {
        "": "The same for what must not be seen. It is not encrypted by being here, only kept apart.",
        "data": "The values, in base64.",
        "stringData": "The values as text, for writing only.",
        "type": "What it is for; Opaque if it says nothing.",
    },
    "Event": {"": "A note that a component leaves about an object; kubectl describe shows them at the end."},
    "Taint": {
        "": "What keeps Pods away from a Node, unless they tolerate it.",
        "effect": "NoSchedule keeps new Pods away, PreferNoSchedule if it can, NoExecute sends running ones away too.",
        "key": "Its name.",
        "value": "Its value, if it has one.",
    },
    "Toleration": {
        "": "A taint that does not keep a Pod away.",
        "key": "The taint's key; none means any.",
        "operator": "Equal asks for the same value, Exists for the key alone.",
        "effect": "The effect that is tolerated; none means any.",
        "tolerationSeconds": "How long a Pod stays after a NoExecute taint has come.",
    },
    "Volume": {"": "A directory of a Pod, and where its content comes from."},
    "VolumeMount": {
        "": "Where a container sees a volume.",
        "mountPath": "The directory in the container.",
        "name": "Which volume of the Pod.",
        "readOnly": "Whether the container may only read.",
    },
    "EnvVar": {
        "": "One environment variable.",
        "name": "Its name.",
        "value": "Its value.",
        "valueFrom": "Where its value comes from: a ConfigMap, a Secret, or the Pod itself.",
    },
    "OwnerReference": {
        "": "One of those who made an object.",
        "controller": "Whether it is the one that controls it.",
    },
}
