"""The solutions of chapter 11, in each of the forms in which a reader may give them, and predictions."""

_BEHAVIOR = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: frontend
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: frontend
  minReplicas: 3
  maxReplicas: 24
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 60
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 60
      policies:
        - type: Pods
          value: 2
          periodSeconds: 60
"""
_AUTOSCALE = "kubectl autoscale deploy/frontend --min=3 --max=24 --cpu=60%\n"
_SCALE_DOWN = (
    '\'{"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 60, '
    '"policies": [{"type": "Pods", "value": 1, "periodSeconds": 30}]}}}}\''
)
_JOB = """
apiVersion: batch/v1
kind: Job
metadata:
  name: thumbs
spec:
  completions: 8
  parallelism: 4
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: thumbs
          image: registry.example.com/thumbs:1.0
"""
_CRON = """
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: "30 4 * * *"
  timeZone: Europe/Madrid
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
            - name: report
              image: registry.example.com/report:1.0
"""
_CREATE_CRON = (
    "kubectl create cronjob report --image=registry.example.com/report:1.0 --schedule='30 4 * * *'\n"
    'kubectl patch cronjob report -p \'{"spec": {"timeZone": "Europe/Madrid", "concurrencyPolicy": "Forbid"}}\''
)

SOLUTIONS = {
    "11-elastic/recall": [
        {
            "Pods of one Node write": "ReadWriteOnce",
            "emptied with its Pod": "emptyDir",
            "keeps the disk": "Retain",
        },
        {"Pods of one Node write": "RWO", "emptied with its Pod": "an emptyDir", "keeps the disk": "retain"},
    ],
    "11-elastic/1": [6, "six"],
    "11-elastic/2": [{"a", "b"}, "a and b"],
    "11-elastic/3": [10, "ten Pods"],
    "11-elastic/4": [
        {"after the first round": 10, "after the second round": 20},
        {"after the first round": "ten", "after the second round": "20 Pods"},
    ],
    "11-elastic/5": [7, "seven"],
    "11-elastic/6": [
        "kubectl get pods -l job-name",
        "kubectl get po -l batch.kubernetes.io/job-name -o wide",
        "$ kubectl get pods --selector controller-uid -o name",
    ],
    "11-elastic/7": [
        _BEHAVIOR,
        _BEHAVIOR.replace("value: 2", "value: 1").replace("periodSeconds: 60", "periodSeconds: 30"),
        _BEHAVIOR.replace("value: 2", "value: 1"),
        _AUTOSCALE + "kubectl patch hpa frontend -p " + _SCALE_DOWN,
    ],
    "11-elastic/8": [
        "kubectl set resources deploy/greetings --requests=cpu=200m",
        "kubectl set resources deployment greetings --limits=cpu=200m",
        "kubectl set resources deploy greetings -c greetings --requests=cpu=200m,memory=64Mi",
    ],
    "11-elastic/9": [5, "five"],
    "11-elastic/10": [
        'kubectl patch hpa frontend -p \'{"spec": {"minReplicas": 12}}\'',
        "kubectl delete hpa frontend\nkubectl autoscale deploy/frontend --min=12 --max=24 --cpu=60%",
        _BEHAVIOR.replace("minReplicas: 3", "minReplicas: 12"),
    ],
    "11-elastic/11": ["b", "B."],
    "11-elastic/12": [4, "four"],
    "11-elastic/13": [
        _JOB,
        _JOB.replace("Never", "OnFailure"),
        _JOB.replace("parallelism: 4", "parallelism: 3"),
        _JOB.replace("completions: 8", "completions: 8\n  completionMode: Indexed"),
    ],
    "11-elastic/14": [
        _CRON,
        _CRON.replace("Forbid", "Replace"),
        _CREATE_CRON,
    ],
}
GUESSES = {
    "11-elastic/guess-1": 3,
    "11-elastic/guess-2": 5,
    "11-elastic/guess-3": 6,
    "11-elastic/guess-4": 3,
    "11-elastic/guess-5": "b",
    "11-elastic/guess-6": 6,
}
