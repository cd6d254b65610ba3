from __future__ import annotations

# A request of CN=jane, signed with its own key, which nobody kept.
REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIS01IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEJaTUJNR0J5cUdTTTQ5"
    "QWdFR0NDcUdTTTQ5QXdFSApBMElBQlA4dzlETzRNTjhsUjI1NVNENmV4Yy83Tmh2d0lFbG1HZWgvOW8zUHArUGdFeVN3ZitjRUZGM1BUS1RUCi9q"
    "emw1SE11QUhyZWt4QnlLTVVIT3M0VzUrbWdBREFLQmdncWhrak9QUVFEQWdOSkFEQkdBaUVBMldMZzh4Q0MKYlZlV1htUzRoNnM5emRBSWlBWklO"
    "cGlOVlIxakNqSU1PTG9DSVFDT3NxajRwRTFMdlY2V0k4dFp3Q3hLMHJWUApndkY5U3RTMnk0SHM1a1pkZ2c9PQotLS0tLUVORCBDRVJUSUZJQ0FU"
    "RSBSRVFVRVNULS0tLS0K"
)

EXAMPLES = (
    {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
     "spec": {"request": REQUEST, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}},
)  # fmt: skip
