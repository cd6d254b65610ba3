"""The process as a whole: start, trouble, several of them, tokens, nodes' certificates."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from typing import Any

from services.foundation.tls import client_context

MAPS = "/api/v1/namespaces/default/configmaps"


def test_what_exists_from_the_start(apiserver: Any) -> None:
    _, namespaces = apiserver.request("GET", "/api/v1/namespaces")
    names = {item["metadata"]["name"] for item in namespaces["items"]}
    assert names == {"default", "kube-system", "kube-public", "kube-node-lease"}
    _, service = apiserver.request("GET", "/api/v1/namespaces/default/services/kubernetes")
    assert service["spec"]["clusterIP"] == "10.96.0.1"
    assert service["spec"]["ports"][0]["port"] == 443
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io/identity"
    leases = apiserver.request("GET", path)[1]["items"]
    assert [lease["metadata"]["annotations"]["pinnace.io/grpc-address"] for lease in leases] == [
        f"127.0.0.1:{apiserver.grpc_port}"
    ]
    assert apiserver.stop() == 0


def test_objects_survive_the_process(apiserver: Any) -> None:
    code, made = apiserver.request("POST", MAPS, {"metadata": {"name": "c"}})
    assert code == 201
    apiserver.kill()
    apiserver.start()
    assert apiserver.request("GET", f"{MAPS}/c") == (200, made)
    # A watch from before the restart cannot be resumed, and says so.
    version = int(made["metadata"]["resourceVersion"]) - 256
    code, frame = apiserver.request("GET", f"{MAPS}?watch=1&timeoutSeconds=5&resourceVersion={version}")
    assert (frame["type"], frame["object"]["reason"]) == ("ERROR", "Expired")


def test_etcd_away_and_back(apiserver: Any, etcd: Any) -> None:
    apiserver.request("POST", MAPS, {"metadata": {"name": "before"}})
    etcd.stop()
    start = time.monotonic()
    for method, path, body in (("GET", MAPS, None), ("POST", MAPS, {"metadata": {"name": "during"}})):
        code, status = apiserver.request(method, path, body, timeout=60)
        assert code in (503, 504), status
        assert status["kind"] == "Status"
    assert time.monotonic() - start < 60
    # What needs no store still answers.
    assert apiserver.request("GET", f"{MAPS}/before?resourceVersion=0")[0] == 200
    assert apiserver.request("GET", "/healthz") == (200, "ok")
    etcd.start()
    deadline = time.monotonic() + 20
    while (answer := apiserver.request("GET", MAPS))[0] != 200:
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    assert apiserver.request("POST", MAPS, {"metadata": {"name": "after"}})[0] == 201
    names = {item["metadata"]["name"] for item in apiserver.request("GET", MAPS)[1]["items"]}
    assert {"before", "after"} <= names


def test_a_read_sees_what_another_process_wrote(apiserver: Any, make_apiserver: Any) -> None:
    other = make_apiserver("two")
    for number in range(30):
        writer, reader = (apiserver, other) if number % 2 else (other, apiserver)
        assert writer.request("POST", MAPS, {"metadata": {"name": f"c{number}"}})[0] == 201
        assert reader.request("GET", f"{MAPS}/c{number}")[0] == 200
        assert len(reader.request("GET", MAPS)[1]["items"]) == number + 1
        body = {"metadata": {"name": f"c{number}"}, "data": {"a": "1"}}
        assert reader.request("PUT", f"{MAPS}/c{number}", body)[1]["data"] == {"a": "1"}
        assert writer.request("DELETE", f"{MAPS}/c{number}?gracePeriodSeconds=0", {"dryRun": ["All"]})[0] == 200


def test_processes_race_for_addresses(apiserver: Any, make_apiserver: Any) -> None:
    servers = [apiserver, make_apiserver("two")]
    services = "/api/v1/namespaces/default/services"
    codes: list[int] = []

    def claim(number: int) -> None:
        body = {"metadata": {"name": f"s{number}"}, "spec": {"clusterIP": "10.96.0.77", "ports": [{"port": 80}]}}
        codes.append(servers[number % 2].request("POST", services, body)[0])

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201] + [422] * 9


def test_service_account_tokens(apiserver: Any) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    code, answer = apiserver.request("POST", path, {"spec": {"expirationSeconds": 600}})
    assert code == 201
    token = answer["status"]["token"]
    assert apiserver.request("GET", MAPS, token=token)[0] == 200
    assert apiserver.request("GET", MAPS, token=token[:-4] + "AAAA")[0] == 401
    code, status = apiserver.request("POST", path, {"spec": {"expirationSeconds": 5}})
    assert (code, status["details"]["causes"][0]["field"]) == (422, "spec.expirationSeconds")
    code, _ = apiserver.request("POST", path, {"spec": {"boundObjectRef": {"kind": "Pod", "name": "absent"}}})
    assert code == 404
    # A token dies with its account.
    apiserver.request("DELETE", "/api/v1/namespaces/default/serviceaccounts/default")
    assert apiserver.request("GET", MAPS, token=token)[0] == 401


def test_a_nodes_certificate(apiserver: Any) -> None:
    node = client_context(apiserver.pki.identity("node-n1"))
    assert apiserver.request("POST", "/api/v1/nodes", {"metadata": {"name": "n1"}}, context=node)[0] == 201
    assert apiserver.request("POST", "/api/v1/nodes", {"metadata": {"name": "n2"}}, context=node)[0] == 403
    assert apiserver.request("POST", MAPS, {"metadata": {"name": "c"}}, context=node)[0] == 403
    nobody = ssl.create_default_context(cafile=str(apiserver.pki.identity("admin").ca))
    assert apiserver.request("GET", MAPS, context=nobody)[0] == 401
    assert apiserver.request("GET", "/version", context=nobody)[0] == 200


def test_a_client_that_hangs_up_and_rubbish(apiserver: Any) -> None:
    context = client_context(apiserver.pki.identity("admin"))
    for text in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x01\x02rubbish\r\n\r\n", b"POST " + MAPS.encode() + b" HTTP/1.1\r\n"
                 b"Host: x\r\nContent-Length: 100\r\n\r\nhalf"):  # fmt: skip
        with socket.create_connection(("127.0.0.1", apiserver.port), timeout=5) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as connection:  # fmt: skip
            connection.sendall(text)
    with socket.create_connection(("127.0.0.1", apiserver.port), timeout=5) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert apiserver.request("GET", MAPS)[0] == 200
    assert "Traceback" not in apiserver.log()
    assert all(json.loads(line)["level"] != "error" for line in apiserver.log().splitlines())
