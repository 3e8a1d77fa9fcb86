"""A search that runs somewhere else: what is sent there, as pure data. Nothing here reads, writes
or starts anything; evolve/cli/submitting.py does.

wanted.py     what is wanted: machines, limits, where the model and the log go
shipping.py   the search file as it is sent, and the task folders that go with it
secrets.py    which secrets a search needs there, by name
entry.py      the command that is run there, and what is installed first
skypilot.py   a SkyPilot task with managed recovery
kuberay.py    a KubeRay RayJob
ray_jobs.py   a job of an existing Ray cluster
yaml_text.py  data as YAML that a person can read
"""
