"""Manifests as beginners write them: each text has the kind of mistake that its name says."""

HEAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports:
        - containerPort: 80
"""
SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 8080
"""
POD = (
    HEAD + "spec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n"
)


def edited(text: str, old: str, new: str) -> str:
    """Return a good manifest with one mistake in it."""
    assert old in text, old
    return text.replace(old, new, 1)


BEGINNERS: dict[str, str] = {
    # ---- indentation and dashes
    "containers-not-indented": edited(
        POD,
        "  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n",
        "containers:\n- name: web\n  image: nginx:1.27\n",
    ),
    "container-without-dash": edited(POD, "  - name: web\n    image", "    name: web\n    image"),
    "image-without-indent": edited(POD, "    image: nginx:1.27", "  image: nginx:1.27"),
    "image-one-blank-short": edited(POD, "    image: nginx:1.27", "   image: nginx:1.27"),
    "image-one-blank-deep": edited(POD, "    image: nginx:1.27", "     image: nginx:1.27"),
    "ports-beside-containers": edited(
        POD, "    ports:\n    - containerPort: 80\n", "  ports:\n  - containerPort: 80\n"
    ),
    "port-without-dash": edited(POD, "    - containerPort: 80", "      containerPort: 80"),
    "dash-without-blank": edited(POD, "  - name: web\n    image", "  -name: web\n   image"),
    "env-without-dashes": POD + "    env:\n      name: COLOUR\n      value: blue\n",
    "env-as-a-map": POD + "    env:\n      COLOUR: blue\n      DEBUG: true\n",
    "env-as-in-compose": POD + "    env:\n    - COLOUR=blue\n    - SIZE=3\n",
    "env-outside-container": POD + "  env:\n  - name: COLOUR\n    value: blue\n",
    "spec-under-metadata": HEAD + "  spec:\n    containers:\n    - name: web\n      image: nginx:1.27\n",
    "name-at-the-top": "apiVersion: v1\nkind: Namespace\nname: shop\n",
    "labels-at-the-top": edited(POD, "spec:\n", "labels:\n  app: web\nspec:\n"),
    "labels-in-metadata": edited(POD, "  name: web\nspec", "  name: web\n  app: web\nspec"),
    "labels-as-a-list": edited(
        POD, "  name: web\nspec", "  name: web\n  labels:\n  - app: web\n  - tier: front\nspec"
    ),
    "metadata-as-a-list": edited(POD, "  name: web\nspec", "  - name: web\nspec"),
    "service-ports-as-a-map": edited(
        SERVICE, "  - port: 80\n    targetPort: 8080", "    port: 80\n    targetPort: 8080"
    ),
    "service-port-in-spec": edited(
        SERVICE, "  ports:\n  - port: 80\n    targetPort: 8080", "  port: 80\n  targetPort: 8080"
    ),
    "service-selector-outside": edited(SERVICE, "  selector:\n    app: web\n", "").replace(
        "spec:", "selector:\n  app: web\nspec:"
    ),
    "tabs": DEPLOYMENT.replace("  ", "\t"),
    "one-tab": edited(POD, "    image: nginx:1.27", "\t\timage: nginx:1.27"),
    # ---- Deployments
    "deployment-v1": edited(DEPLOYMENT, "apps/v1", "v1"),
    "deployment-extensions": edited(DEPLOYMENT, "apps/v1", "extensions/v1beta1"),
    "deployment-no-selector": edited(DEPLOYMENT, "  selector:\n    matchLabels:\n      app: web\n", ""),
    "deployment-flat-selector": edited(DEPLOYMENT, "    matchLabels:\n      app: web\n", "    app: web\n"),
    "deployment-no-template-labels": edited(
        DEPLOYMENT, "    metadata:\n      labels:\n        app: web\n", ""
    ),
    "deployment-other-labels": edited(DEPLOYMENT, "        app: web\n", "        app: webb\n"),
    "deployment-without-template": edited(
        DEPLOYMENT,
        "  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n"
        "        image: nginx:1.27\n        ports:\n        - containerPort: 80\n",
        "  containers:\n  - name: web\n    image: nginx:1.27\n",
    ),
    "replicas-in-the-template": edited(DEPLOYMENT, "  replicas: 2\n", "").replace(
        "    spec:\n", "    spec:\n      replicas: 2\n"
    ),
    "replicas-in-quotes": edited(DEPLOYMENT, "replicas: 2", 'replicas: "2"'),
    "restart-policy-never": edited(
        DEPLOYMENT, "      containers:\n", "      restartPolicy: Never\n      containers:\n"
    ),
    # ---- words
    "lables": edited(POD, "  name: web\nspec", "  name: web\n  lables:\n    app: web\nspec"),
    "conatiners": edited(POD, "containers", "conatiners"),
    "capital-field": edited(POD, "containerPort", "ContainerPort"),
    "metdata": edited(POD, "metadata", "metdata"),
    "apiversion": edited(POD, "apiVersion", "apiversion"),
    "kind-small": edited(POD, "kind: Pod", "kind: pod"),
    "kind-plural": edited(SERVICE, "kind: Service", "kind: services"),
    "kind-unknown": edited(POD, "kind: Pod", "kind: Container"),
    "no-kind": edited(POD, "kind: Pod\n", ""),
    "no-api-version": edited(SERVICE, "apiVersion: v1\n", ""),
    "name-with-capitals": edited(POD, "name: web\nspec", "name: My_Web App\nspec"),
    "protocol-small": edited(SERVICE, "    targetPort: 8080", "    targetPort: 8080\n    protocol: tcp"),
    "type-small": edited(SERVICE, "spec:\n", "spec:\n  type: nodeport\n"),
    # ---- values
    "port-in-quotes": edited(SERVICE, "port: 80\n", 'port: "80"\n'),
    "target-port-in-quotes": edited(SERVICE, "8080", '"8080"'),
    "label-yes": edited(
        POD, "  name: web\nspec", "  name: web\n  labels:\n    canary: yes\n    version: 1.10\nspec"
    ),
    "env-number": POD + "    env:\n    - name: SIZE\n      value: 3\n    - name: DEBUG\n      value: on\n",
    "memory-mb": POD + "    resources:\n      limits:\n        memory: 128MB\n        cpu: 500 m\n",
    "memory-m": POD + "    resources:\n      limits:\n        memory: 128m\n        cpu: 500\n",
    "memory-in-container": POD + "    limits:\n      memory: 128Mi\n",
    "command-as-text": POD + "    command: sleep 3600\n    args: -v\n",
    "ports-as-numbers": edited(POD, "    - containerPort: 80", "    - 80\n    - 443"),
    "ports-as-in-compose": edited(POD, "    - containerPort: 80", '    - "8080:80"'),
    "container-port-port": edited(POD, "    ports:\n    - containerPort: 80\n", "    port: 80\n"),
    "node-port-low": edited(SERVICE, "spec:\n", "spec:\n  type: NodePort\n").replace(
        "targetPort: 8080", "nodePort: 8080"
    ),
    "node-port-without-type": edited(SERVICE, "    targetPort: 8080", "    nodePort: 30080"),
    "two-ports-unnamed": SERVICE + "  - port: 443\n",
    "volume-not-there": POD
    + "    volumeMounts:\n    - name: dat\n      mountPath: /data\n  volumes:\n  - name: data\n    emptyDir: {}\n",
    "secret-plain": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: hunter2!\n",
    "secret-number": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: 123456\n",
    "config-map-values": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: true\n  size: 5\n  colour:\n    name: blue\n",
    # ---- characters
    "smart-quotes": edited(POD, "image: nginx:1.27", "image: \u201cnginx:1.27\u201d"),
    "smart-quotes-label": edited(
        POD, "  name: web\nspec", "  name: web\n  labels:\n    app: \u2018web\u2019\nspec"
    ),
    "no-break-spaces": edited(POD, "    image: nginx:1.27", "\u00a0\u00a0\u00a0\u00a0image:\u00a0nginx:1.27"),
    "wide-colon": edited(POD, "image: nginx", "image\uff1anginx"),
    "wide-blanks": edited(POD, "  name: web\nspec", "\u3000name: web\nspec"),
    "long-dash": edited(POD, "  - name: web\n    image", "  \u2013 name: web\n    image"),
    "zero-width": edited(POD, "  name: web\nspec", "  \u200bname: web\nspec"),
    "bom-and-crlf": "\ufeff" + POD.replace("\n", "\r\n").replace("image:", "imgae:"),
    # ---- YAML
    "no-blank-after-colon": edited(POD, "  name: web\nspec", "  name:web\nspec"),
    "image-no-blank": edited(POD, "image: nginx:1.27", "image:nginx:1.27"),
    "colon-missing": edited(POD, "metadata:", "metadata"),
    "colon-missing-value": edited(POD, "    image: nginx:1.27", "    image nginx:1.27"),
    "quote-missing": edited(POD, "image: nginx:1.27", 'image: "nginx:1.27'),
    "bracket-missing": POD + '    command: ["sh", "-c", "sleep 3600"\n',
    "value-with-colon": POD
    + "    args:\n    - --message=say: hello\n    env:\n    - name: TITLE\n      value: Note: hello\n",
    "value-with-at": edited(POD, "  name: web\nspec", "  name: web\n  annotations:\n    owner: @alice\nspec"),
    "windows-path": POD
    + '    volumeMounts:\n    - name: data\n      mountPath: "C:\\data"\n  volumes:\n  - name: data\n    emptyDir: {}\n',
    "slashes-comment": edited(POD, "spec:\n", "// the containers\nspec:\n"),
    "two-dashes": POD.rstrip() + "\n--\n" + SERVICE,
    "separator-missing": POD + SERVICE,
    "doubled-labels": edited(
        POD, "  name: web\nspec", "  name: web\n  labels:\n    app: web\n  labels:\n    tier: front\nspec"
    ),
    "doubled-kind": edited(POD, "kind: Pod\n", "kind: Pod\nkind: Pod\n"),
    "json-in-yaml": '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},\n "spec": {"containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": "80"}]}]},}\n',
    "json-lines-in-yaml": 'apiVersion: v1\nkind: Pod\n"metadata": {\n  "name": "web",\n},\nspec:\n  containers:\n  - {name: web, image: nginx}\n',
    "helm-template": edited(DEPLOYMENT, "replicas: 2", "replicas: {{ .Values.replicas }}")
    .replace("name: web\nspec", 'name: {{ include "web.name" . }}\nspec')
    .replace("image: nginx:1.27", "image: {{ .Values.image }}")
    .replace("        ports:", "        {{- if .Values.ports }}\n        prots:"),
    "second-document-broken": POD
    + "---\n"
    + edited(SERVICE, "  ports:\n", "  ports\n")
    + "---\n"
    + DEPLOYMENT,
    "kubectl-command": "kubectl apply -f web.yaml\n" + POD,
    "prose": "Here is the manifest:\n\n```yaml\n" + POD + "```\n",
    "compose": "version: '3'\nservices:\n  web:\n    image: nginx\n    ports:\n    - 80:80\n",
    "empty": "# nothing here yet\n",
    # ---- between objects
    "service-typo": edited(SERVICE, "app: web", "app: wbe").replace("targetPort: 8080", "targetPort: 80")
    + "---\n"
    + DEPLOYMENT,
    "service-match-labels": edited(SERVICE, "    app: web", "    matchLabels:\n      app: web")
    + "---\n"
    + DEPLOYMENT,
    "service-deployment-name": edited(SERVICE, "app: web", "name: web").replace(
        "targetPort: 8080", "targetPort: 80"
    )
    + "---\n"
    + DEPLOYMENT,
    "target-port-name": edited(SERVICE, "targetPort: 8080", "targetPort: http")
    + "---\n"
    + edited(DEPLOYMENT, "- containerPort: 80", "- containerPort: 80\n          name: web"),
    "target-port-number": SERVICE + "---\n" + DEPLOYMENT,
    "one-node-port-twice": "---\n".join(
        edited(
            SERVICE,
            "  ports:\n  - port: 80\n    targetPort: 8080",
            "  type: NodePort\n  ports:\n  - port: 80\n    nodePort: 31002",
        ).replace("name: web", f"name: {name}")
        for name in ("one", "two")
    ),
    "same-name-twice": POD + "---\n" + POD,
    "ingress-wrong-port": SERVICE
    + "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\nspec:\n  rules:\n  - http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            name: web\n            port:\n              number: 8080\n",
    "ingress-old": "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: web\nspec:\n  rules:\n  - http:\n      paths:\n      - path: /\n        backend:\n          serviceName: web\n          servicePort: 80\n",
    "ingress-old-two-paths": "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n    kubernetes.io/ingress.class: nginx\nspec:\n  backend:\n    serviceName: other\n    servicePort: http\n  rules:\n  - host: example.org\n    http:\n      paths:\n      - path: /\n        backend:\n          serviceName: web\n          servicePort: 80\n      - backend:\n          serviceName: api\n          servicePort: http\n",
    "config-map-typo": edited(
        DEPLOYMENT,
        "        ports:",
        "        envFrom:\n        - configMapRef:\n            name: web-setings\n        ports:",
    )
    + "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web-settings\ndata:\n  colour: blue\n",
    "probe-port": edited(
        DEPLOYMENT,
        "        ports:",
        "        readinessProbe:\n          httpGet:\n            path: /\n            port: http\n        ports:",
    ),
    # ---- more of all sorts
    "json-comma-missing": '{\n  "apiVersion": "v1",\n  "kind": "Service",\n  "metadata": { "name": "web" },\n  "spec": {\n    "ports": [ { "port": "80" } ]\n    "selector": { "app": "web" }\n  }\n}\n',
    "env-misindent": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    env:\n    - name: A\n    value: x\n    - name: B\n      value: y\n",
    "dash-before-value": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    env:\n    - name: A\n    - value: x\n",
    "labels-with-equals-sign": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    app=web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n",
    "selector-as-text": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: web\n  ports:\n  - port: 80\n    targetPort: 8080\n",
    "dash-before-target-port": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n  - targetPort: 8080\n",
    "everything-flat": "apiVersion: v1\nkind: Pod\nmetadata:\nname: web\nspec:\ncontainers:\n- name: web\nimage: nginx\nports:\n- containerPort: 80\n",
    "three-blanks": "apiVersion: v1\nkind: Pod\nmetadata:\n   name: web\n  labels:\n      app: web\nspec:\n containers:\n   - name: web\n     image: nginx\n",
    "cron-quote": "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: x\nspec:\n  schedule: */5 * * * *\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n          - name: a\n            image: b\n",
    "cmd-brackets": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    command: [sh, -c, echo hi: there]\n",
    "version-kind-swapped": "apiVersion: Deployment\nkind: apps/v1\nmetadata:\n  name: x\n",
    "appsv2": "apiVersion: apps/v2\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        image: nginx:1.27\n        ports:\n        - containerPort: 80\n",
    "rc-like-a-deployment": "apiVersion: v1\nkind: Replicationcontroller\nmetadata:\n  name: x\nspec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: x\n  template:\n    metadata:\n      labels:\n        app: x\n    spec:\n      containers:\n      - name: x\n        image: y\n",
    "quota-units": "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: q\nspec:\n  hard:\n    requests.cpu: 1K\n    memory: 1Gb\n    pod: 3\n",
    "request-over-limit": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    resources:\n      requests:\n        cpu: 2\n      limits:\n        cpu: 1\n",
    "probe-without-http-get": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    livenessProbe:\n      path: /\n      port: 80\n",
    "volumes-without-names": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    volumeMounts:\n    - mountPath: /data\n  volumes:\n  - emptyDir: {}\n",
    "hostpath-str": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n  volumes:\n  - name: d\n    hostPath: /data\n",
    "pull-policy-small": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    imagePullPolicy: always\n",
    "node-selector-as-text": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n  nodeSelector: disktype=ssd\n",
    "service-ports-as-in-compose": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n  - 80:8080\n",
    "two-dashes-in-a-row": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n",
    "containers-twice": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n  containers:\n  - name: two\n    image: busybox\n",
    "comment-without-blank": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27 #latest\n    tty: true#yes\n    ports:\n    - containerPort: 80\n",
    "line-numbers-copied": "1 apiVersion: v1\n2 kind: Pod\n3 metadata:\n4   name: web\n5 spec:\n6   containers:\n7   - name: web\n8     image: nginx:1.27\n9     ports:\n10     - containerPort: 80\n11 ",
    "diff-copied": "+apiVersion: v1\n+kind: Pod\n+metadata:\n+  name: web\n+spec:\n+  containers:\n+  - name: web\n+    image: nginx:1.27\n+    ports:\n+    - containerPort: 80\n+",
    "prompt-copied": "$ cat pod.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n",
    "cut-off": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n    ",
    "chinese-keyboard": "apiVersion：v1\nkind：Pod\nmetadata：\n\u3000\u3000name：web\nspec：\n\u3000\u3000containers：\n\u3000\u3000- name：web\n\u3000\u3000\u3000\u3000image：nginx\n",
    # ---- other kinds
    "selector-twice": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  selector:\n    app: api\n  ports:\n  - port: 80\n    targetPort: 8080\n",
    "namespace-after-its-pod": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: shop\nspec:\n  containers: [{name: a, image: b}]\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n",
    "namespace-elsewhere": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: shop\nspec:\n  containers: [{name: a, image: b}]\n",
    "custom-resource": "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: a\nspec:\n  x: 1\n",
    "stateful-set": "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: db\nspec:\n  serviceName: db\n  selector:\n    matchLabels: {app: db}\n  template:\n    metadata:\n      labels: {app: db}\n    spec:\n      containers:\n      - name: db\n        image: postgres\n  volumeClaimTemplate:\n  - metadata: {name: data}\n    spec:\n      accessModes: ReadWriteOnce\n      resources: {requests: {storage: 1GB}}\n",
    "job-without-restart-policy": "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\nspec:\n  template:\n    spec:\n      containers:\n      - name: j\n        image: busybox\n",
    "claim": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: d\nspec:\n  accessModes: ReadWriteOnce\n  resources:\n    requests:\n      storage: 5G B\n",
    "network-policy": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: d\nspec:\n  podselector:\n    matchLabels:\n      app: x\n  ingress:\n  - from:\n    - podSelector:\n        app: y\n",
    "ingress-shapes": "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: d\nspec:\n  rules:\n    host: a.b\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service: {name: web, port: 80}\n",
    "config-map-lines": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  app.conf:\n    port=80\n    host=x\n",
    "config-map-not-indented": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  app.conf: |\n  port=80\n  host=x\n",
    "cluster-ip-of-elsewhere": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: LoadBalancer\n  clusterIP: 192.168.1.5\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n",
    "resources-flat": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    resources:\n      cpu: 100m\n      memory: 64Mi\n",
    "resources-exchanged": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n    resources:\n      limits:\n        cpu: 64Mi\n        memory: 100m\n",
    "node-port-in-container": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n      nodePort: 30080\n",
    "replicas-in-service": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  replicas: 3\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n",
    "replicas-in-pod": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  replicas: 3\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n",
    "service-in-another-namespace": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        image: nginx:1.27\n        ports:\n        - containerPort: 80\n",
}
