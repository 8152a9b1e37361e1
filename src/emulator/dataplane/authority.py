"""The certificate authority of this AWS."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate


@dataclass(frozen=True)
class Issued:
    """A certificate with its chain, its key, and both in one file as HAProxy wants them."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """Stands for Amazon's authorities: of RDS, of ElastiCache and of ACM."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA(organization_name="The emulator's own authority")
        self.bundle = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.bundle))

    def issue(self, *names: str) -> Issued:
        """A certificate for host names; the same for the same names."""
        stem = hashlib.sha256(" ".join(names).encode()).hexdigest()[:16]
        issued = Issued(*(self._folder / f"{stem}.{end}" for end in ("crt", "key", "pem")))
        if not issued.both.exists():
            made = self._authority.issue_cert(*names, common_name=names[0])
            issued.key.touch(mode=0o600)
            made.private_key_pem.write_to_path(str(issued.key))
            for blob in made.cert_chain_pems:
                blob.write_to_path(str(issued.certificate), append=True)
            made.private_key_and_cert_chain_pem.write_to_path(str(issued.both))
            # The authority itself too: a browser compares its pin with what the server sends.
            self._authority.cert_pem.write_to_path(str(issued.both), append=True)
        return issued

    def pin(self) -> str:
        """Digest of the authority's public key, for browsers that are told to trust what it issued
        (Chromium's --ignore-certificate-errors-spki-list)."""
        certificate = load_pem_x509_certificate(self.bundle.read_bytes())
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(key).digest()).decode()
