"""The manifests for Kubernetes: their schema, what they refer to, and what they have to say."""

import ipaddress
import tomllib

import kubernetes_validate

from support import AFTER_THE_DRAIN, DOCKER, Case, documents, drain_delay, text, version

FOLDER = DOCKER / "kubernetes"
VARIANTS = ["embedded", "redis"]
# Of the API, in the package that tests/run installs. Nothing here is newer than the oldest.
API_VERSIONS = ["1.25", "1.31", "1.37"]
LABELS = {"app.kubernetes.io/name": "portico"}


def kustomization(folder) -> dict:
    [found] = documents(folder / "kustomization.yaml")
    return found


def resources(folder) -> list[dict]:
    """What `kubectl kustomize` would gather, without the names that it makes of the settings."""
    found = []
    for name in kustomization(folder)["resources"]:
        path = (folder / name).resolve()
        found += resources(path) if path.is_dir() else documents(path)
    return found


def of_kind(folder, kind: str) -> list[dict]:
    return [resource for resource in resources(folder) if resource["kind"] == kind]


def workload(variant: str) -> dict:
    [found] = of_kind(FOLDER / variant, "Deployment") + of_kind(FOLDER / variant, "StatefulSet")
    return found


def settings(variant: str) -> dict:
    return tomllib.loads(text(FOLDER / variant / "portico.toml"))


class Kubernetes(Case):
    def each(self):
        for variant in VARIANTS:
            with self.subTest(variant=variant):
                pod = workload(variant)["spec"]["template"]["spec"]
                [container] = pod["containers"]
                yield variant, pod, container

    def test_every_manifest_has_the_form_of_its_kind(self):
        for variant in VARIANTS:
            found = resources(FOLDER / variant)
            self.assertGreaterEqual(len(found), 4)
            for resource in found:
                for api in API_VERSIONS:
                    with self.subTest(variant=variant, kind=resource["kind"], name=resource["metadata"]["name"], api=api):
                        kubernetes_validate.validate(resource, api, strict=True)

    def test_every_file_belongs_to_a_kustomization_and_is_there(self):
        for folder in [FOLDER / "common", *(FOLDER / variant for variant in VARIANTS)]:
            with self.subTest(folder=folder.name):
                said = kustomization(folder)
                # Anything else would need kustomize itself to be tested.
                self.assertLessEqual(set(said), {"apiVersion", "kind", "resources", "configMapGenerator", "images"})
                named = {*said["resources"], *(file for made in said.get("configMapGenerator", []) for file in made["files"])}
                for name in named:
                    self.assertTrue((folder / name).exists(), name)
                there = {file.name for file in folder.iterdir()} - {"kustomization.yaml"}
                self.assertEqual(there, {name for name in named if not name.startswith("..")})

    def test_the_image_is_this_version(self):
        for variant, _, container in self.each():
            [image] = kustomization(FOLDER / variant)["images"]
            self.assertEqual((image["name"], image["newTag"]), (container["image"], version()))

    def test_a_pod_is_confined(self):
        for _, pod, container in self.each():
            self.assertEqual(pod["securityContext"], {
                "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"},
            })
            self.assertEqual(container["securityContext"], {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            })
            self.assertIs(pod["automountServiceAccountToken"], False)
            self.assertIs(pod["enableServiceLinks"], False)

    def test_a_pod_gets_what_it_refers_to(self):
        for variant, pod, container in self.each():
            claims = [claim["metadata"]["name"] for claim in workload(variant)["spec"].get("volumeClaimTemplates", [])]
            volumes = {volume["name"]: volume for volume in pod["volumes"]}
            mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            self.assertEqual(set(mounts), {*volumes, *claims})
            [made] = kustomization(FOLDER / variant)["configMapGenerator"]
            self.assertEqual(volumes["settings"]["configMap"]["name"], made["name"])
            # Where the program looks when it is not told.
            self.assertEqual(f"{mounts['settings']}/{made['files'][0]}", "/etc/portico/portico.toml")
            secret = volumes["secrets"]["secret"]
            self.assertEqual(secret["defaultMode"], 0o440)
            head = text(FOLDER / "redis/kustomization.yaml")
            self.assertIn(f"kubectl create secret generic {secret['secretName']} ", head)
            for section in settings(variant).values():
                for key, path in section.items() if isinstance(section, dict) else ():
                    if key.endswith("_file"):
                        folder, _, name = path.rpartition("/")
                        self.assertEqual(folder, mounts["secrets"])
                        self.assertIn(f"--from-file={name}", head)

    def test_sessions_are_on_the_volume(self):
        spec = workload("embedded")["spec"]
        [claim] = spec["volumeClaimTemplates"]
        self.assertEqual(claim["spec"]["accessModes"], ["ReadWriteOnce"])
        self.assertEqual(spec["replicas"], 1)
        self.assertNotIn("path", settings("embedded")["store"])
        [path] = [mount["mountPath"] for mount in spec["template"]["spec"]["containers"][0]["volumeMounts"]
                  if mount["name"] == claim["metadata"]["name"]]
        self.assertIn(f'`"{path}/portico.redb"`', text(DOCKER.parent / "docs/settings.md"))

    def test_a_stop_waits_for_the_drain(self):
        for variant, pod, _ in self.each():
            self.assertEqual(pod["terminationGracePeriodSeconds"], drain_delay(settings(variant)) + AFTER_THE_DRAIN)

    def test_probes_ask_the_private_port(self):
        for variant, _, container in self.each():
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            self.assertEqual(settings(variant)["ops"]["listen"], f"0.0.0.0:{ports['private']}")
            asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
            for ask in asked.values():
                self.assertEqual(ask["port"], "private")
            self.assertEqual({probe: ask["path"] for probe, ask in asked.items()},
                             {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"})
            # Out of the Service before the drain is over.
            ready = container["readinessProbe"]
            self.assertLess(ready["periodSeconds"] * ready["failureThreshold"], drain_delay(settings(variant)))

    def test_memory_is_what_compose_gives(self):
        for _, _, container in self.each():
            memory = container["resources"]["limits"]["memory"]
            self.assertEqual(memory, container["resources"]["requests"]["memory"])
            self.assertIn(f"mem_limit: {memory.removesuffix('Mi')}m\n", text(DOCKER / "compose.yaml"))
            self.assertNotIn("cpu", container["resources"]["limits"])

    def test_both_variants_run_the_same_pod(self):
        def common(variant: str) -> dict:
            pod = workload(variant)["spec"]["template"]["spec"]
            pod.pop("topologySpreadConstraints", None)
            mounts = pod["containers"][0]["volumeMounts"]
            pod["containers"][0]["volumeMounts"] = [mount for mount in mounts if mount["name"] != "sessions"]
            return pod
        self.assertEqual(common("embedded"), common("redis"))

    def test_services_lead_to_the_pods(self):
        for variant, _, container in self.each():
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            public, private = of_kind(FOLDER / variant, "Service")
            for service in (public, private):
                self.assertEqual(service["spec"]["selector"], LABELS)
                [port] = service["spec"]["ports"]
                self.assertEqual(port["port"], ports[port["targetPort"]])
            self.assertEqual(public["spec"]["ports"][0]["targetPort"], "public")
            self.assertEqual(private["spec"]["ports"][0]["targetPort"], "private")
            # Nothing that has an address leads to the private port.
            self.assertEqual(private["spec"]["clusterIP"], "None")
            found = workload(variant)
            self.assertEqual(found["spec"]["selector"], {"matchLabels": LABELS})
            self.assertEqual(found["spec"]["template"]["metadata"]["labels"], LABELS)
            self.assertIn(found["spec"].get("serviceName", "portico-private"), private["metadata"]["name"])

    def test_a_node_is_drained_one_pod_at_a_time(self):
        [budget] = of_kind(FOLDER / "redis", "PodDisruptionBudget")
        self.assertEqual(budget["spec"], {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}})
        self.assertGreater(workload("redis")["spec"]["replicas"], 1)
        # With one pod it would let no node be drained at all.
        self.assertEqual(of_kind(FOLDER / "embedded", "PodDisruptionBudget"), [])

    def test_the_network_that_is_trusted_is_that_of_the_proxy_alone(self):
        for variant, _, container in self.each():
            policies = of_kind(FOLDER / variant, "NetworkPolicy")
            for policy in policies:
                self.assertEqual(policy["spec"]["podSelector"], {"matchLabels": LABELS})
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            senders: dict[int, list] = {}
            for policy in policies:
                for rule in policy["spec"].get("ingress", []):
                    for port in rule["ports"]:
                        senders.setdefault(port["port"], []).extend(rule["from"])
            self.assertEqual(set(senders), set(ports.values()))
            # One sender for each port, by namespace and label: an empty selector would be everybody.
            for sender in senders.values():
                [peer] = sender
                self.assertTrue(peer["namespaceSelector"]["matchLabels"] and peer["podSelector"]["matchLabels"])
            self.assertIn("Ingress", policies[0]["spec"]["policyTypes"])

    def test_it_may_call_okta_its_store_and_dns(self):
        expected = {"embedded": {53, 443}, "redis": {53, 443, 6379}}
        for variant, _, _ in self.each():
            policies = of_kind(FOLDER / variant, "NetworkPolicy")
            reached = {port["port"] for policy in policies for rule in policy["spec"]["egress"] for port in rule["ports"]}
            self.assertEqual(reached, expected[variant])
            self.assertTrue(all("Egress" in policy["spec"]["policyTypes"] for policy in policies))
            blocks = [peer["ipBlock"] for policy in policies for rule in policy["spec"]["egress"]
                      for peer in rule["to"] if "ipBlock" in peer]
            # Not the pods' own network, nor the addresses at which clouds hand out credentials.
            [trusted] = map(ipaddress.ip_network, settings(variant)["limits"]["trusted_proxies"])
            left_out = [ipaddress.ip_network(left) for block in blocks for left in block["except"]]
            for network in (trusted, ipaddress.ip_network("169.254.169.254/32")):
                self.assertTrue(any(network.subnet_of(left) for left in left_out if left.version == 4), network)
