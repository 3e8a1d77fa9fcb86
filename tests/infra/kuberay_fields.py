"""The fields of a RayJob that KubeRay v1.6 knows, as far as we use objects of it: names and types
read from its public API reference (docs.ray.io, KubeRay CRD API reference). KubeRay's own CRD is
in no package registry; pods are checked by Kubernetes' schemas.
"""

from typing import Any

_TEXT, _INT, _BOOL = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_POD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["spec"],
    "properties": {"metadata": {"type": "object"}, "spec": {"type": "object"}},
}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


_HEAD = _object(
    ["template"],
    template=_POD,
    headService={"type": "object"},
    enableIngress=_BOOL,
    rayStartParams=_TEXTS,
    serviceType=_TEXT,
)
_WORKERS = _object(
    ["groupName", "template"],
    groupName=_TEXT,
    suspend=_BOOL,
    replicas=_COUNT,
    minReplicas=_COUNT,
    maxReplicas=_COUNT,
    idleTimeoutSeconds=_COUNT,
    numOfHosts=_COUNT,
    rayStartParams=_TEXTS,
    template=_POD,
    scaleStrategy={"type": "object"},
)
_CLUSTER = _object(
    ["headGroupSpec"],
    authOptions=_object(
        [],
        mode={"enum": ["disabled", "token"]},
        secretName=_TEXT,
        enableK8sTokenAuth=_BOOL,
    ),
    suspend=_BOOL,
    managedBy=_TEXT,
    autoscalerOptions={"type": "object"},
    headServiceAnnotations=_TEXTS,
    enableInTreeAutoscaling=_BOOL,
    gcsFaultToleranceOptions={"type": "object"},
    headGroupSpec=_HEAD,
    rayVersion=_TEXT,
    workerGroupSpecs={"type": "array", "items": _WORKERS},
)
_SPEC = _object(
    [],
    activeDeadlineSeconds=_INT,
    backoffLimit=_COUNT,
    rayClusterSpec=_CLUSTER,
    submitterPodTemplate=_POD,
    metadata=_TEXTS,
    clusterSelector=_TEXTS,
    submitterConfig={"type": "object"},
    managedBy=_TEXT,
    deletionStrategy={"type": "object"},
    entrypoint=_TEXT,
    runtimeEnvYAML=_TEXT,
    jobId=_TEXT,
    submissionMode={"enum": ["K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode"]},
    entrypointResources=_TEXT,
    entrypointNumCpus={"type": "number"},
    entrypointNumGpus={"type": "number"},
    ttlSecondsAfterFinished=_COUNT,
    shutdownAfterJobFinishes=_BOOL,
    suspend=_BOOL,
)
RAY_JOB = _object(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayJob"},
    metadata={"type": "object", "required": ["name"]},
    spec=_SPEC,
)
