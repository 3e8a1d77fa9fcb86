"""A RayJob of KubeRay: a Ray cluster of pods that lives as long as the search.

`authOptions` (KubeRay 1.5.1 and newer) gives the cluster a token of its own. The entry point goes
on by itself after exit code 33; `backoffLimit` is for a head pod that is gone, and makes a new
cluster, on which the search goes on from its database.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evolve.launch.entry import entry
from evolve.launch.shipping import SEARCH_FILE
from evolve.launch.wanted import Wanted

FOLDER = "/home/evolve/search"
USER = 1000
_NEW_CLUSTERS = 3
_KEPT_S = 600
_HEAD = {"cpu": "4", "memory": "16Gi"}
_PER_GPU = (4, 32)  # cores, GiB
_WITHOUT_GPU = {"cpu": "4", "memory": "16Gi"}


def kuberay_manifests(
    wanted: Wanted, files: Mapping[str, str], ray_version: str
) -> list[dict[str, Any]]:
    """A ConfigMap with the search file and its task files, and the RayJob. The Secret is no part
    of them.

    files: path beside the search file -> text.
    """
    keys = {f"file-{number}": path for number, path in enumerate(files)}
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(wanted),
        "data": {SEARCH_FILE: wanted.search, **{k: files[p] for k, p in keys.items()}},
    }
    items = [{"key": SEARCH_FILE, "path": SEARCH_FILE}]
    items += [{"key": key, "path": path} for key, path in keys.items()]
    return [config_map, _ray_job(wanted, items, ray_version)]


def secret_manifest(wanted: Wanted, values: Mapping[str, str]) -> dict[str, Any]:
    """Goes to kubectl's standard input, and nowhere else."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(wanted),
        "type": "Opaque",
        "stringData": dict(values),
    }


def _ray_job(
    wanted: Wanted, items: Sequence[Mapping[str, str]], ray_version: str
) -> dict[str, Any]:
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": _metadata(wanted),
        "spec": {
            "submissionMode": "K8sJobMode",
            "entrypoint": entry(wanted, f"{FOLDER}/{SEARCH_FILE}"),
            "backoffLimit": _NEW_CLUSTERS,
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": _KEPT_S,
            "submitterPodTemplate": {
                "spec": {
                    "restartPolicy": "Never",
                    "securityContext": _pod_security(),
                    "containers": [
                        {
                            "name": "submitter",
                            "image": wanted.image,
                            "securityContext": _container_security(),
                            "resources": _resources({"cpu": "500m", "memory": "1Gi"}),
                        }
                    ],
                }
            },
            "rayClusterSpec": {
                "rayVersion": ray_version,
                "authOptions": {"mode": "token"},
                "headGroupSpec": {
                    # no worker of the search on the head: it has no GPU
                    "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},  # noqa: S104
                    "template": _head(wanted, items),
                },
                "workerGroupSpecs": [
                    {
                        "groupName": "workers",
                        "replicas": wanted.nodes,
                        "minReplicas": wanted.nodes,
                        "maxReplicas": wanted.nodes,
                        "rayStartParams": {},
                        "template": _worker(wanted, items),
                    }
                ],
            },
        },
    }


def _head(wanted: Wanted, items: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return _pod(wanted, "ray-head", _HEAD, items, wanted.secrets)


def _worker(wanted: Wanted, items: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Workers read models from the hub, and hold no other credentials."""
    gpus = wanted.gpus_per_node
    resources = _WITHOUT_GPU
    if gpus:
        cores, gib = _PER_GPU
        resources = {"cpu": str(cores * gpus), "memory": f"{gib * gpus}Gi"}
        resources["nvidia.com/gpu"] = str(gpus)
    pod = _pod(
        wanted,
        "ray-worker",
        resources,
        items,
        [name for name in wanted.secrets if name == "HF_TOKEN"],
    )
    if gpus:
        pod["spec"]["tolerations"] = [
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
        ]
        if wanted.gpu is not None:
            pod["spec"]["nodeSelector"] = {"nvidia.com/gpu.product": wanted.gpu}
    return pod


def _pod(
    wanted: Wanted,
    name: str,
    resources: Mapping[str, str],
    items: Sequence[Mapping[str, str]],
    secrets: Sequence[str],
) -> dict[str, Any]:
    """items: of the search's folder."""
    container: dict[str, Any] = {
        "name": name,
        "image": wanted.image,
        "env": [
            {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"},
            *(_from_secret(wanted, secret) for secret in secrets),
        ],
        "resources": _resources(resources),
        "securityContext": _container_security(),
        "volumeMounts": [
            {"name": "search", "mountPath": FOLDER, "readOnly": True},
            {"name": "shm", "mountPath": "/dev/shm"},  # noqa: S108
            {"name": "cache", "mountPath": "/home/evolve/.cache"},
        ],
    }
    spec: dict[str, Any] = {
        "securityContext": _pod_security(),
        "automountServiceAccountToken": False,
        "containers": [container],
        "volumes": [
            {"name": "search", "configMap": {"name": wanted.name, "items": list(items)}},
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "8Gi"}},
            {"name": "cache", "emptyDir": {}},
        ],
    }
    return {"spec": spec}


def _from_secret(wanted: Wanted, name: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": wanted.name, "key": name}}}


def _resources(found: Mapping[str, str]) -> dict[str, Any]:
    return {"requests": dict(found), "limits": dict(found)}


def _metadata(wanted: Wanted) -> dict[str, Any]:
    return {"name": wanted.name, "labels": {"app.kubernetes.io/name": "evolve"}}


def _pod_security() -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _container_security() -> dict[str, Any]:
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
