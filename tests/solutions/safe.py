"""The solutions of chapter 12, in each of the forms in which a reader may give them, and predictions."""

_RECALLED = {"Pods": 6, "percentage of": "request", "policy": "Forbid"}
_READ = {"binding": "default", "account": "test", "verb": "patch"}
_QUIET = """
apiVersion: v1
kind: Pod
metadata:
  name: quiet
spec:
  automountServiceAccountToken: false
  serviceAccountName: quiet
  containers:
    - name: report
      image: registry.example.com/report:1.0
"""
_SAID_BY_THE_ACCOUNT = """
apiVersion: v1
kind: ServiceAccount
metadata:
  name: quiet
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata:
  name: quiet
spec:
  serviceAccountName: quiet
  containers:
    - name: report
      image: registry.example.com/report:1.0
"""
_ROLE_AND_BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
  - apiGroups: [""]
    resources: ["pods"]
    verbs: ["get", "list", "watch"]
  - apiGroups: [""]
    resources: ["pods/log"]
    verbs: ["get"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: lena
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: reader
subjects:
  - kind: User
    name: lena
    apiGroup: rbac.authorization.k8s.io
"""
_GREET = 'kubectl patch cm settings --type=merge -p \'{"data": {"greeting": "Good morning"}}\''

SOLUTIONS = {
    "12-safe/recall": [_RECALLED, {**_RECALLED, "Pods": "six", "percentage of": "the request"}],
    "12-safe/1": ["b", "B)"],
    "12-safe/2": [2, "two"],
    "12-safe/3": [_READ, {**_READ, "verb": "Patch"}],
    "12-safe/4": [
        "kubectl create role r --verb=get,list --resource=pods,pods/log\nkubectl create rolebinding r --role=r --user=lena",
        _ROLE_AND_BINDING,
        """
        kubectl create clusterrole r --verb=get --verb=list --resource=pods --resource=pods/log
        kubectl create rolebinding r --clusterrole=r --user=lena -n default
        """,
    ],
    "12-safe/5": [
        """
        kubectl create role builder --verb=get,patch --resource=deployments -n default
        kubectl create rolebinding builder --role=builder --serviceaccount=test:builder -n default
        """,
        """
        kubectl create role b --verb=get --verb=patch --resource=deployments.apps
        kubectl create rolebinding b --role=b --user=system:serviceaccount:test:builder
        """,
    ],
    "12-safe/6": [_QUIET, _SAID_BY_THE_ACCOUNT],
    "12-safe/7": ["c", "(c)"],
    "12-safe/8": ["b"],
    "12-safe/9": ["b"],
    "12-safe/10": [
        "kubectl set env deploy/frontend --from=secret/mysql --prefix=MYSQL_",
        "kubectl set env deployment frontend --from=secret/mysql --prefix=MYSQL_ --keys=password",
    ],
    "12-safe/11": [
        f"{_GREET}\nkubectl rollout restart deploy/banner",
        f"{_GREET}\nkubectl delete pods -l app=banner",
    ],
    "12-safe/12": [{"b"}, "b", ["B"]],
    "12-safe/13": [
        """
        kubectl delete pdb frontend
        kubectl create pdb frontend --selector=app=guestbook,tier=frontend --max-unavailable=1
        """,
        'kubectl patch pdb frontend -p \'{"spec": {"minAvailable": null, "maxUnavailable": 1}}\'',
    ],
    "12-safe/14": [
        """
        kubectl delete clusterrolebinding on-call
        kubectl create clusterrolebinding on-call --clusterrole=view --group=on-call
        """,
        """
        kubectl create clusterrolebinding on-call-views --clusterrole=view --group=on-call
        kubectl delete clusterrolebinding on-call
        """,
    ],
}
GUESSES = {
    "12-safe/guess-1": "c",
    "12-safe/guess-2": "b",
    "12-safe/guess-3": "c",
    "12-safe/guess-4": "yes",
    "12-safe/guess-5": 3,
}
