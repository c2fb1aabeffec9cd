"""Certificates for tests, made by openssl."""

import subprocess


class Authority:
    """Signs certificates; `file` is its own."""

    def __init__(self, folder):
        self.folder = folder
        self.file, self.key = folder / "ca.pem", folder / "ca.key"
        folder.mkdir(parents=True)
        openssl("req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.file, "-subj", "/CN=Luot's tests", "-days", 2)

    def certificate(self, *names):
        """(certificate, key) for names such as DNS:localhost or IP:127.0.0.1."""
        name = "_".join(names).replace(":", "_")
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(names)}\n")
        openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", "/CN=server")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", 2,
                "-extfile", extensions, "-out", certificate)  # fmt: skip
        return certificate, key


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
